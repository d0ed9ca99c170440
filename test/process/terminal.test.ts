import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import stringWidth from 'string-width';
import { NEVER, Subject, concat, of } from 'rxjs';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { listen } from '../../src/io/tapSocket/listen.ts';
import type { LazyLine } from '../../src/io/tapSocket/reader.ts';
import type { Metric } from '../../src/schema/metric.ts';
import { writeTapped } from '../../src/tap/wire.ts';
import { newFolder } from '../support/agentProcess.ts';
import { startTerminal } from '../support/terminal.ts';

/*
 * What is drawn on a real terminal, compared as text. Recordings and an agent that says always the same make it certain.
 */

const recording = fileURLToPath(new URL('../recordings/statistics-reset.ndjson', import.meta.url));

let folder: string;
let config: string;
beforeAll(async () => {
  folder = await newFolder();
  config = join(folder, 'collector.toml');
  const sections = '[sysstat]\ninterval = 1\n[disk_usage]\nenabled = false\n';
  const text = `[collector]\nstate_dir = "${folder}/state"\n${sections}`;
  await writeFile(config, text, { mode: 0o600 });
});

const widest = (text: string): number =>
  Math.max(...text.split('\n').map((line) => stringWidth(line)));

describe('pretty on a terminal', { timeout: 120_000 }, () => {
  it('draws aligned blocks with units, rises and rates, and cuts long lists', async () => {
    const terminal = startTerminal({
      folder,
      args: ['replay', recording, '--instant', '--tap', 'pg_stats', '-n', '3'],
      rows: 60,
    });
    // How many fields a metric has beyond those shown, and its size, change with each field that is added.
    const told = (text: string): string =>
      text.replace(/… \d+ more fields/g, '… more fields').replace(/ [\d.]+ k?B #/g, ' #');
    await terminal.draws(
      [
        '⚙ configuration from start took effect #1',
        '08:12:36.558 pg_stats main/postgres #2 metric 2',
        '    size_bytes 7.9 MB   numbackends 5           transactions_committed 10   tuples_inserted 726',
        '    tuples_updated 42   tuples_deleted 274      tuples_fetched 3,730        blks_hit 9,604',
        '    blks_read 292       size_read_at 08:12:36   tuples_returned 3,995       session_time 758 ms',
        '    active_time 72 ms   sessions 8              tables_total 4              indexes_total 6',
        '    tables 4          n_tup_ins  seq_scan  idx_scan  kind   live_tuples  modified_since_analyze',
        '      shop customers        100         2       200  table          100                     100',
        '      shop orders             0         3         0  table            0                       0',
        '      shop clicks             0         0            table            0                       0',
        '      … 1 more',
        '    indexes 6                   table      scans  last_idx_scan  is_unique  is_primary  is_valid',
        '      shop customers_pkey       customers    100  08:12:35       yes        yes         yes',
        '      shop customers_email_key  customers    100  08:12:35       yes        no          yes',
        '      shop orders_pkey          orders         0                 yes        yes         yes',
        '      … 3 more',
        '08:12:40.412 pg_stats main/postgres #3 metric 3',
        '    size_bytes 7.9 MB                          numbackends 5',
        '    transactions_committed 117 +107 (27.8/s)   tuples_inserted 884 +158 (41/s)',
        '    tuples_updated 42                          tuples_deleted 274',
        '    tuples_fetched 6,608 +2,878 (747/s)        blks_hit 14,536 +4,932 (1,280/s)',
        '    … more fields',
        'exit 0',
      ],
      told,
    );
  });

  it('keeps within the window, also after it was resized', async () => {
    const terminal = startTerminal({ folder, args: ['--tap', 'sysstat', '--config', config] });
    await terminal.shows(/#\d+ metric \d+\n {4}cpu\.user /);
    terminal.resize(60, 14);
    // What was drawn for the wider window scrolls away.
    await terminal.shows(/#[3-9] metric \d+\n {4}cpu\.user [^]*… \d+ more fields/);
    await terminal.shows(/^(?!.{61})[^\n]*(\n(?!.{61})[^\n]*)*$/);
    expect(widest(terminal.text())).toBeLessThanOrEqual(60);
  });
});

describe('--top on a terminal', { timeout: 120_000 }, () => {
  const tables = ['orders', 'customers', '倉庫', 'log'];
  const reading = (second: number): Metric => ({
    type: 'pg_stats',
    timestamp: new Date(Date.parse('2026-01-02T03:04:05.000Z') + second * 1_000).toISOString(),
    server: 'main',
    database: 'shop',
    stats_epoch: 'e',
    tables: tables.map((name, n) => ({
      schema: 'public',
      name,
      n_tup_ins: 100 * (4 - n) + second * (n + 1) * 10,
      n_tup_upd: 0,
      n_tup_del: 0,
    })),
  });

  /** An agent that says what it is told to. */
  function agent(): { readonly say: (second: number) => void; readonly asked: () => boolean } {
    const told$ = new Subject<LazyLine>();
    const now = (wire: object): LazyLine => ({ bytes: 0, text: () => JSON.stringify(wire) });
    const served = listen({
      path: join(folder, 'state', 'tap.sock'),
      serve: () => ({
        lines$: concat(of(now({ hello: 1, version: '1.2.3', pid: 1 })), told$, NEVER),
      }),
      skipped: (count) => `{"skipped":${count}}`,
    }).subscribe();
    onTestFinished(() => served.unsubscribe());
    let seq = 0;
    return {
      asked: () => told$.observed,
      say: (second) => {
        const metric = reading(second);
        const json = JSON.stringify(metric);
        const line = { seq, unit: 'main/pg_stats', type: 'pg_stats', json, bytes: json.length };
        told$.next(writeTapped(++seq, { at: 'validated', line, metric }));
      },
    };
  }

  it('ranks, sorts, filters, pauses, follows the window, and gives the terminal back', async () => {
    const { say, asked } = agent();
    const terminal = startTerminal({
      folder,
      args: ['--tap', '--top', 'writes', '--config', config],
      columns: 64,
      rows: 8,
    });
    await terminal.shows('writes by value · 0 rows');
    await expect.poll(asked, { timeout: 60_000 }).toBe(true);
    say(0);
    say(10);
    const foot = 's sort · / filter · space pause · q quit';
    await terminal.draws([
      'writes by rate · 4 rows',
      '                                             rate          value',
      'main/shop public log                         40/s            500',
      'main/shop public 倉庫                        30/s            500',
      'main/shop public customers                   20/s            500',
      'main/shop public orders                      10/s            500',
      foot,
    ]);
    terminal.type('s');
    await terminal.shows('writes by value');
    terminal.type('/CUST\r');
    await terminal.draws([
      'writes by value · 1 rows · /CUST',
      '                                             rate          value',
      'main/shop public customers                   20/s            500',
      foot,
    ]);
    terminal.type(' ');
    await terminal.shows('paused');
    say(20);
    terminal.resize(46, 5);
    await terminal.shows(/rate {10}value\nmain\/shop publi… {11}20\/s/);
    expect(widest(terminal.text())).toBeLessThanOrEqual(46);
    terminal.type(' ');
    await terminal.shows(/20\/s {12}700/);
    terminal.type('q');
    await terminal.shows(/^exit 0$/);
  });

  it('draws the last minutes as bars where there is room', async () => {
    const { say, asked } = agent();
    const terminal = startTerminal({
      folder,
      args: ['--tap', '--top', 'tables.n_tup_ins', '--config', config],
      columns: 90,
      rows: 8,
    });
    await expect.poll(asked, { timeout: 60_000 }).toBe(true);
    const now = (Date.now() - Date.parse('2026-01-02T03:04:05.000Z')) / 1_000;
    for (const ago of [60, 40, 20, 0]) say(now - ago);
    await terminal.shows(/rate {10}value last \d+ min\nmain\/shop public log .*\/s .*█/);
    expect(widest(terminal.text())).toBeLessThanOrEqual(90);
  });

  it('gives the terminal back after its time', async () => {
    agent();
    const terminal = startTerminal({
      folder,
      args: ['--tap', '--top', 'writes', '--for', '1s', '--config', config],
    });
    await terminal.shows('writes by value');
    await terminal.shows(/^exit 0$/);
  });
});
