import {
  EMPTY,
  NEVER,
  type Observable,
  ignoreElements,
  map,
  merge,
  of,
  shareReplay,
  throwError,
  timer,
} from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Config } from '../../../src/schema/config.ts';
import type { Entry } from '../../../src/schema/journal.ts';
import type { Json } from '../../../src/schema/json.ts';
import type { Context, Sample } from '../../../src/sources/source.ts';
import { openJournal } from '../../../src/streams/journal.ts';
import { type Surroundings, type UnitSample, unit } from '../../../src/streams/collect/unit.ts';
import { countingSource } from '../../support/countingSource.ts';
import { fakeHost, held } from '../../support/hostContext.ts';
import { marbles } from '../../support/marbles.ts';
import { aMetric } from '../entries.ts';

const source = countingSource('cpu');
const configWith = (interval: number, other: number): Config =>
  ({
    privacy: { redact: 'default' },
    sections: { cpu: sectionOf(interval), disk: { enabled: true, interval: other } },
  }) as unknown as Config;
/** Unchanged sections keep their identity, as the stream of configurations sees to. */
const sectionOf = (interval: number): object =>
  known.get(interval) ?? known.set(interval, { enabled: true, interval }).get(interval) ?? {};
const known = new Map<number, object>();

interface Started {
  readonly result$: Observable<UnitSample>;
  readonly entries: readonly Entry[];
}

/** A unit over a `read`, and what it notes. */
function start(
  read: (context: Context<never>) => Observable<Sample>,
  set: Partial<Surroundings> = {},
  stop$: Observable<void> = NEVER,
): Started {
  const entries: Entry[] = [];
  const journal = openJournal();
  journal.entries$.subscribe((entry) => entries.push(entry));
  const around: Surroundings = {
    config$: held(configWith(10, 10)),
    journal,
    host: fakeHost({}),
    logs: () => NEVER,
    hostname: 'db1',
    phase: 0.25,
    random: () => 0.5,
    marks: {},
    stored$: NEVER,
    ...set,
  };
  return { result$: unit('main/cpu', source, around, stop$, read), entries };
}
const sample: Sample = { metric: aMetric('cpu') };

afterEach(() => {
  vi.restoreAllMocks();
});

describe('unit', () => {
  it(
    'names what its source emits, and completes with it',
    marbles(({ expectObservable }) => {
      const { result$ } = start(() => timer(3).pipe(map(() => sample)));
      expectObservable(result$).toBe('---(x|)', { x: { unit: 'main/cpu', sample } });
    }),
  );

  it.each([
    ['errors', () => throwError(() => new Error('boom'))],
    [
      'throws',
      () => {
        throw new Error('boom');
      },
    ],
  ])(
    'reports a source that %s under its name, and starts it again',
    (_, read: () => Observable<Sample>) => {
      marbles(({ flush }) => {
        let starts = 0;
        const seen: string[] = [];
        const { result$, entries } = start(() => (++starts === 1 ? read() : of(sample)));
        result$.subscribe({
          next: ({ unit: name }) => seen.push(name),
          complete: () => seen.push('end'),
        });
        flush();
        expect(seen).toEqual(['main/cpu', 'end']);
        expect(entries).toEqual([
          { at: 'trouble', unit: 'main/cpu', code: 'ERR_UNEXPECTED', message: 'boom' },
        ]);
      })();
    },
  );

  it('does not wait to start a failing source again once it is asked to stop', () => {
    marbles(({ cold, expectObservable }) => {
      const stop$ = cold('--(s|)').pipe(
        map(() => undefined),
        shareReplay(1),
      );
      let starts = 0;
      function failing(): Observable<never> {
        return ++starts === 1 ? throwError(() => new Error('boom')) : EMPTY;
      }
      const { result$ } = start(failing, {}, stop$);
      expectObservable(result$.pipe(ignoreElements())).toBe('--|');
    })();
  });

  it(
    'cuts off a source that does not end 5 s after the stop',
    marbles(({ expectObservable, cold }) => {
      const stop$ = cold('--(s|)').pipe(map(() => undefined));
      const { result$ } = start(() => NEVER, {}, stop$);
      expectObservable(result$).toBe('-- 5s |');
    }),
  );

  it(
    'hands on its own section and privacy alone, at each change and no other time',
    marbles(({ cold, expectObservable }) => {
      const config$ = cold('a--b--c', {
        a: configWith(10, 10),
        b: configWith(10, 60),
        c: configWith(20, 60),
      });
      const { result$ } = start(
        ({ settings$ }) =>
          settings$.pipe(map((settings) => ({ metric: aMetric('cpu', settings) }))),
        { config$ },
      );
      const intervals$ = result$.pipe(map(({ sample: { metric } }) => metric['interval']));
      expectObservable(intervals$).toBe('x-----y', { x: 10, y: 20 });
    }),
  );

  it(
    'hands on the mark that was found, then each of its own that became durable',
    marbles(({ cold, expectObservable }) => {
      const stored$ = cold<Readonly<Record<string, Json>>>('--a-b-c', {
        a: { 'main/cpu': 1, 'main/log': 5 },
        b: { 'main/cpu': 1, 'main/log': 6 },
        c: { 'main/cpu': 2, 'main/log': 6 },
      });
      const { result$ } = start(
        ({ durable$ }) =>
          merge(durable$.pipe(map((n) => ({ metric: aMetric('cpu', { n: n ?? null }) }))), NEVER),
        { stored$, marks: { 'main/cpu': 0 } },
      );
      const marks$ = result$.pipe(map(({ sample: { metric } }) => metric['n']));
      expectObservable(marks$, '-------!').toBe('x-y---z', { x: 0, y: 1, z: 2 });
    }),
  );

  it(
    'notes skipped ticks and trouble under its name, and knows its host',
    marbles(({ flush, expectObservable }) => {
      const { result$, entries } = start(({ skipped, trouble, hostname, phase }) => {
        skipped(2);
        trouble(new Error('small'));
        return of({ metric: aMetric('cpu', { hostname, phase }) });
      });
      const seen$ = result$.pipe(
        map(({ sample: { metric } }) => [metric['hostname'], metric['phase']]),
      );
      expectObservable(seen$).toBe('(x|)', { x: ['db1', 0.25] });
      flush();
      expect(entries).toEqual([
        { at: 'skipped', unit: 'main/cpu', ticks: 2 },
        { at: 'trouble', unit: 'main/cpu', code: 'ERR_UNEXPECTED', message: 'small' },
      ]);
    }),
  );
});
