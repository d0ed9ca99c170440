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

describe('pretty on a terminal', () => {
  it('draws aligned blocks with units, rises and rates, and cuts long lists', async () => {
    const terminal = startTerminal({
      folder,
      args: ['replay', recording, '--instant', '--tap', 'pg_stats', '-n', '3'],
      rows: 60,
    });
    await terminal.shows('exit 0');
    // How many fields a metric has beyond those shown, and its size, change with each field that is added.
    const text = terminal.text().replace(/… \d+ more fields/g, '… more fields');
    expect(text.replace(/ [\d.]+ k?B #/g, ' #').split('\n')).toEqual([
      '⚙ configuration from start took effect #1',
      '08:12:36.558 pg_stats main/postgres #2 metric 2',
      '    size_bytes 7.9 MB   numbackends 5   transactions_committed 10   tuples_inserted 726',
      '    tuples_updated 42   tuples_deleted 274   tuples_fetched 3,730   blks_hit 9,604   blks_read 292',
      '    … more fields',
      '    tables 4: shop customers  kind table  live_tuples 100  modified_since_analyze 100  seq_scan 2',
      '      shop orders  kind table  seq_scan 3  last_seq_scan 2026-11-23T08:12:35.936981Z  freeze_age 13',
      '      shop clicks  kind table  freeze_age 13  size_bytes 88.0 kB',
      '      … 1 more',
      '    indexes 6: shop customers_pkey  table customers  scans 100',
      '      shop customers_email_key  table customers  scans 100',
      '      shop orders_pkey  table orders  is_unique yes  is_primary yes  is_valid yes',
      '      … 3 more',
      '08:12:40.412 pg_stats main/postgres #3 metric 3',
      '    size_bytes 7.9 MB   numbackends 5   transactions_committed 117 +107 (27.8/s)',
      '    tuples_inserted 884 +158 (41/s)   tuples_updated 42   tuples_deleted 274',
      '    … more fields',
      'exit 0',
    ]);
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

describe('--top on a terminal', () => {
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
        const text = writeTapped({ seq: ++seq, entry: { at: 'validated', line, metric } });
        told$.next({ bytes: json.length, text });
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
    await expect.poll(asked, { timeout: 20_000 }).toBe(true);
    say(0);
    say(10);
    await terminal.shows('/s');
    const foot = 's sort · / filter · space pause · q quit';
    expect(terminal.text().split('\n')).toEqual([
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
    await terminal.shows('writes by value · 1 rows · /CUST');
    expect(terminal.text().split('\n')).toEqual([
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
    await expect.poll(asked, { timeout: 20_000 }).toBe(true);
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
