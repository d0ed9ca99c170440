import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sumOf } from '../../src/schema/json.ts';
import { random } from '../support/random.ts';
import { recordedSources } from '../support/recordedSources.ts';
import { type Simulation, simulate } from '../support/simulate.ts';

/*
 * A backend that is away for a day, over metrics that were recorded, in virtual time. One line per hour: what was read, how
 * often delivery was tried and the longest wait between two tries, what had to go and what waits; then how the backlog
 * drains. The spool holds less than a day, so that the oldest goes. `UPDATE_GOLDEN=1` writes the file anew.
 */

const HOUR = 3_600_000;
const golden = new URL('dayOutage.golden.ndjson', import.meta.url);
const from = HOUR + 1;
const until = 25 * HOUR + 1;

const run = simulate({
  sources: recordedSources('quiet-hour.golden.ndjson', ['pg_health', 'sysstat'], 60),
  text: '[collector]\npush_interval = 60\n[spool]\nmax_bytes = 2097152\n',
  script: {
    [from]: ({ backend }) => (backend.down = true),
    [until]: ({ backend }) => (backend.down = false),
  },
  stopAtMs: 26 * HOUR,
  random: random(7),
});

function hours({ noted }: Simulation): object[] {
  const lines: object[] = [];
  let waiting = 0;
  let lastTry: number | null = null;
  for (let hour = 0; hour < 27; hour++) {
    const line = { hour, read: 0, tries: 0, longest_wait_s: 0, dropped: 0, delivered: 0, waiting };
    for (const { ms, entry } of noted) {
      if (Math.floor(ms / HOUR) !== hour) continue;
      if (entry.at === 'source') line.read++;
      if (entry.at === 'dropped') {
        line.dropped += sumOf(entry.counts);
        waiting--;
      }
      if (entry.at === 'spooled') waiting++;
      if (entry.at === 'acked' && sumOf(entry.receipt.header.counts) > 0) {
        line.delivered += sumOf(entry.receipt.header.counts);
        waiting--;
      }
      if (entry.at === 'sent' && sumOf(entry.receipt.header.counts) > 0) {
        line.tries++;
        const wait = lastTry === null || ms < from ? 0 : Math.round((ms - lastTry) / 1_000);
        line.longest_wait_s = Math.max(line.longest_wait_s, wait);
        lastTry = ms;
      }
    }
    lines.push({ ...line, waiting });
  }
  return lines;
}

/** What had waited when the backend came back. */
const drained = run.of('acked').filter(({ ms, entry: { receipt } }) => {
  const made = Date.parse(receipt.header.createdAt);
  return ms > until && made < until && sumOf(receipt.header.counts) > 0;
});

describe('a day without the backend', () => {
  it('is told hour by hour: tries, waits, losses, the drain', () => {
    const [first, last] = [drained[0], drained.at(-1)];
    const text = [
      ...hours(run),
      {
        drained: drained.length,
        began_after_s: Math.round(((first?.ms ?? 0) - until) / 1_000),
        took_s: Math.round(((last?.ms ?? 0) - (first?.ms ?? 0)) / 1_000),
      },
      { registrations: run.backend.count('register', 200), books: run.books },
    ]
      .map((line) => `${JSON.stringify(line)}\n`)
      .join('');
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(golden, text);
    expect(text).toBe(readFileSync(golden, 'utf8'));
  });

  it('drains oldest first, one in flight, as fast as the backend answers', () => {
    const ids = drained.map(({ entry }) => Number(entry.receipt.header.id.slice(1)));
    expect(ids).toEqual([...ids].sort((a, b) => a - b));
    const sent = run
      .of('sent')
      .filter(({ ms }) => ms > (drained[0]?.ms ?? 0) && ms < (drained[100]?.ms ?? 0));
    // 20 ms each, and nothing in between.
    expect(sent.at(-1)!.ms - sent[0]!.ms).toBe((sent.length - 1) * 20);
  });

  it('keeps waiting at most a minute between tries, and never comes back in step', () => {
    const tries = run.of('sent').filter(({ ms }) => ms > from + HOUR && ms < until);
    const waits = tries.slice(1).map(({ ms }, n) => ms - tries[n]!.ms);
    expect(Math.max(...waits)).toBeLessThanOrEqual(60_100);
    // Full jitter: as often a short wait as a long one.
    const long = waits.filter((ms) => ms > 30_000).length / waits.filter((ms) => ms > 100).length;
    expect(long).toBeGreaterThan(0.4);
    expect(long).toBeLessThan(0.6);
  });

  it('loses what no longer fits, the oldest, and nothing else', () => {
    const { collected, delivered, dropped } = run.books;
    expect(Object.keys(dropped)).toEqual(['spool_full']);
    expect(delivered + sumOf(dropped)).toBe(collected);
    const gone = run.of('dropped').map(({ entry }) => Number(entry.payload?.slice(1)));
    const kept = drained.map(({ entry }) => Number(entry.receipt.header.id.slice(1)));
    // The one in flight is never evicted.
    expect(kept.filter((id) => id < Math.max(...gone))).toHaveLength(1);
  });
});
