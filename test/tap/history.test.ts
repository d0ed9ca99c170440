import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../../src/schema/journal.ts';
import type { Metric } from '../../src/schema/metric.ts';
import { history } from '../../src/tap/history.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

let seq = 0;

function validated(metric: Metric, late = false): Entry {
  const json = JSON.stringify(metric);
  const line = { seq: ++seq, unit: metric.type, type: metric.type, bytes: json.length, json };
  return { at: 'validated', metric, line: late ? { ...line, late: metric } : line };
}

const metric = (name: string): Metric => ({
  type: 'pg_stats',
  timestamp: '2026-01-02T03:04:05.678Z',
  name,
});

/** Nothing of this test's own stack holds what `keep` was given. */
function kept(past: ReturnType<typeof history>, entry: () => Entry): WeakRef<Metric> {
  const one = entry();
  past.keep(one);
  return new WeakRef((one as Extract<Entry, { at: 'validated' }>).metric);
}

async function isFree(held: WeakRef<Metric>): Promise<boolean> {
  // A reference that was made or read in this turn of the event loop counts as held.
  await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();
  return held.deref() === undefined;
}

describe('history', () => {
  it('gives what came, oldest first, each metric as it was validated', () => {
    const past = history(10_000);
    past.keep({ at: 'source', unit: 'pg_stats', metric: metric('a') });
    past.keep(validated(metric('a')));
    past.keep({ at: 'notice', unit: 'tap', message: 'hello' });
    expect(past.since(1_000)).toMatchObject([
      { at: 'validated', metric: { name: 'a' } },
      { at: 'notice', message: 'hello' },
    ]);
  });

  it('holds at most its bytes, the newest ones', () => {
    const past = history(1_000);
    for (let i = 0; i < 1_000; i++) past.keep(validated(metric(`m${i}`)));
    const names = past.since(1_000).map((entry) => 'metric' in entry && entry.metric['name']);
    expect(names.length).toBe(Math.floor(1_000 / JSON.stringify(metric('m999')).length));
    expect(names.at(-1)).toBe('m999');
  });

  it('keeps the text of a metric, not its rows', async () => {
    const past = history(10_000);
    expect(await isFree(kept(past, () => validated(metric('a'))))).toBe(true);
    expect(past.since(1_000)).toHaveLength(1);
  });

  it('holds nothing of what had to go', async () => {
    const past = history(100);
    const held = kept(past, () => validated(metric('a'), true));
    expect(await isFree(held)).toBe(false);
    past.keep(validated(metric('b')));
    expect(await isFree(held)).toBe(true);
  });
});
