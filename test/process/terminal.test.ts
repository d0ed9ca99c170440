import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import stringWidth from 'string-width';
import { beforeAll, describe, expect, it } from 'vitest';
import { newFolder } from '../support/agentProcess.ts';
import { startTerminal } from '../support/terminal.ts';

/*
 * What is drawn on a real terminal. Recordings make it the same each time, so that it can be compared as text.
 */

const recording = fileURLToPath(new URL('../recordings/statistics-reset.ndjson', import.meta.url));

let folder: string;
let config: string;
beforeAll(async () => {
  folder = await newFolder();
  config = join(folder, 'collector.toml');
  await writeFile(
    config,
    `[collector]\nstate_dir = "${folder}/state"\n[sysstat]\ninterval = 1\n[disk_usage]\nenabled = false\n`,
    { mode: 0o600 },
  );
});

const widest = (text: string): number =>
  Math.max(...text.split('\n').map((line) => stringWidth(line)));

describe('pretty on a terminal', () => {
  it('draws aligned blocks, in colour that the screen leaves out', async () => {
    const terminal = startTerminal({
      folder,
      args: ['replay', recording, '--instant', '--tap', 'pg_stats', '-n', '2'],
      rows: 40,
    });
    await terminal.shows('exit 0');
    expect(terminal.text()).toMatchInlineSnapshot(`
      "⚙ configuration from start took effect #1
      08:12:36.558 pg_stats main/postgres 6.2 kB #2 metric 2
          size_bytes 7.9 MB   numbackends 5   transactions_committed 10   tuples_inserted 726
          tuples_updated 42   tuples_deleted 274   tuples_fetched 3,730   blks_hit 9,604   blks_read 292
          … 6 more fields
          tables 4: shop customers  kind table  live_tuples 100  modified_since_analyze 100  seq_scan 2
            shop orders  kind table  seq_scan 3  last_seq_scan 2026-11-23T08:12:35.936981Z  freeze_age 13
            shop clicks  kind table  freeze_age 13  size_bytes 88.0 kB
            … 1 more
          indexes 6: shop customers_pkey  table customers  scans 100
            shop customers_email_key  table customers  scans 100
            shop orders_pkey  table orders  is_unique yes  is_primary yes  is_valid yes
            … 3 more
      exit 0"
    `);
  });

  it('keeps within the window, also after it was resized', async () => {
    const terminal = startTerminal({ folder, args: ['--tap', 'sysstat', '--config', config] });
    await terminal.shows(/#\d+ metric \d+\n {4}cpu\.user /);
    terminal.resize(60, 24);
    // Three blocks: those that were drawn for the wider window are gone.
    await terminal.shows(/(cpu\.user[^]*?\n[^]*){3}/);
    await terminal.shows(/… \d+ more fields/);
    expect(widest(terminal.text())).toBeLessThanOrEqual(60);
  });
});
