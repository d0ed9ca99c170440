import { type Observable, ignoreElements, map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Config } from '../../../src/schema/config.ts';
import type { Entry } from '../../../src/schema/journal.ts';
import { everyUnit, polledUnits } from '../../../src/streams/collect/everyUnit.ts';
import { countingSource, serverCountingSource } from '../../support/countingSource.ts';
import { marbles } from '../../support/marbles.ts';
import { aMetric } from '../entries.ts';

const entries: Record<string, Entry> = {
  a: { at: 'source', unit: 'a', metric: aMetric() },
  b: { at: 'source', unit: 'b', metric: aMetric() },
  B: { at: 'trouble', unit: 'b', code: 'ERR_QUERY', message: 'no' },
  n: { at: 'notice', unit: 'b', message: 'hello' },
};

/** When `onDone` is told, as a stream beside the entries. */
function told(source: Observable<Entry>, units: readonly string[], now: () => number) {
  const times: number[] = [];
  return {
    times,
    result$: source.pipe(everyUnit(new Set(units), 50, () => times.push(now()))),
  };
}

describe('everyUnit', () => {
  it(
    'tells once when each unit has read, and passes every entry on',
    marbles(({ hot, expectObservable, flush }) => {
      const source = hot('-a--n-a-b-b-|', entries);
      const { times, result$ } = told(source, ['a', 'b'], () => 1);
      expectObservable(result$).toBe('-a--n-a-b-b-|', entries);
      flush();
      expect(times).toHaveLength(1);
    }),
  );

  it(
    'takes a failure for an answer',
    marbles(({ hot, expectObservable, flush }) => {
      const { times, result$ } = told(hot('-a-B----', entries), ['a', 'b'], () => 1);
      expectObservable(result$, '---------!').toBe('-a-B', entries);
      flush();
      expect(times).toHaveLength(1);
    }),
  );

  it(
    'does not wait longer than it may, and tells nothing before',
    marbles(({ hot, expectObservable, flush }) => {
      const early = told(hot('-a', entries), ['a', 'b'], () => 1);
      const late = told(hot('-a', entries), ['a', 'b'], () => 1);
      expectObservable(early.result$.pipe(ignoreElements()), '49ms !').toBe('');
      expectObservable(late.result$.pipe(map(({ at }) => at)), '60ms !').toBe('-s', {
        s: 'source',
      });
      flush();
      expect(early.times).toEqual([]);
      expect(late.times).toHaveLength(1);
    }),
  );
});

describe('polledUnits', () => {
  it('names host sources once, server sources once per server, and leaves out what is off or follows', () => {
    const log = { ...serverCountingSource('log'), follows: true };
    const config = {
      postgres: [{ name: 'main' }, { name: 'replica' }],
      sections: {
        cpu: { enabled: true, interval: 1 },
        disk: { enabled: false, interval: 1 },
        activity: { enabled: true, interval: 1 },
        log: { enabled: true, interval: 1 },
      },
    } as unknown as Config;
    const sources = [
      countingSource('cpu'),
      countingSource('disk'),
      serverCountingSource('activity'),
      log,
    ];
    expect([...polledUnits(sources, config)]).toEqual(['cpu', 'main/activity', 'replica/activity']);
  });
});
