import {
  BehaviorSubject,
  EMPTY,
  catchError,
  concatMap,
  defer,
  take,
  type Observable,
  finalize,
  map,
  merge,
  takeUntil,
  tap,
  timer,
} from 'rxjs';
import { expect, describe, it } from 'vitest';
import { QueryError, messageOf } from '../../src/errors.ts';
import type { Query, Row, Server } from '../../src/ports/server.ts';
import type { SectionSettings, ServerSettings } from '../../src/schema/config.ts';
import type { Entry } from '../../src/schema/journal.ts';
import { polled } from '../../src/sources/polled.ts';
import {
  type Rhythm,
  type ServerSource,
  serverSource,
  shedding,
} from '../../src/sources/source.ts';
import { section } from '../../src/schema/section.ts';
import { governor } from '../../src/streams/governor.ts';
import { held, hostContext } from '../support/hostContext.ts';
import { marbles } from '../support/marbles.ts';
import { connectionSettings } from '../support/serverContext.ts';

const sourceOf = (type: string, rhythm: Omit<Rhythm, 'key'> = {}): ServerSource =>
  serverSource({
    type,
    scope: 'server',
    settings: section('a test', { default: 10 }),
    rhythms: [{ key: 'interval', ...rhythm }],
    metrics: [],
    read: () => timer(1).pipe(map(() => ({ metric: { type, timestamp: '' } }))),
  });

interface World {
  /** How long a statement of a source takes, in ms; to be changed. */
  readonly costs: Record<string, number>;
  readonly settings$: BehaviorSubject<ServerSettings>;
}
interface Seen {
  /** The seconds in which each source was read. */
  readonly reads: Readonly<Record<string, readonly number[]>>;
  readonly notices: readonly string[];
  readonly costs: readonly Extract<Entry, { at: 'cost' }>[];
}

/** Sources that read every 10 s for some minutes, under a governor. */
function run(
  minutes: number,
  sources: readonly ServerSource[],
  costs: Record<string, number>,
  script: Readonly<Record<number, (world: World) => void>> = {},
): Seen {
  const reads: Record<string, number[]> = {};
  const entries: Entry[] = [];
  marbles(({ flush }) => {
    const settings$ = new BehaviorSubject(connectionSettings());
    function query({ name, took }: Query): Observable<readonly Row[]> {
      const ms = costs[name.split('/')[0]!] ?? 0;
      return timer(ms).pipe(
        map(() => [] as Row[]),
        finalize(() => took?.(ms)),
      );
    }
    const port = { query } as unknown as Server;
    const { server, paced } = governor({
      name: 'main',
      port,
      settings$,
      sources,
      note: (entry) => entries.push(entry),
    });
    const units = sources.map((source) => {
      const given$ = held<SectionSettings>({ enabled: true, interval: 10 });
      const context = { ...hostContext(source), settings$: paced(source.type, given$) };
      const seconds = (reads[source.type] = []) as number[];
      return polled(context, { timeoutMs: 60_000 }, (_, dueAt) => {
        seconds.push(Math.round(dueAt / 1000));
        return server
          .query({ name: `${source.type}/x`, sql: 'SELECT 1', lane: 'slow', timeoutMs: 5_000 })
          .pipe(map(() => []));
      });
    });
    const steps = Object.entries(script).map(([second, step]) =>
      timer(Number(second) * 1000).pipe(tap(() => step({ costs, settings$ }))),
    );
    merge(...units, ...steps)
      .pipe(takeUntil(timer(minutes * 60_000 + 500)))
      .subscribe();
    flush();
  })();
  return {
    reads,
    notices: entries.flatMap((entry) => (entry.at === 'notice' ? entry.message : [])),
    costs: entries.filter((entry) => entry.at === 'cost'),
  };
}
/** Seconds between the last reads. */
const lastGap = (seconds: readonly number[] = []) => seconds.at(-1)! - seconds.at(-2)!;

describe('governor', () => {
  it('measures what each source costs, and lets it be as long as that fits the budget', () => {
    const { reads, notices, costs } = run(5, [sourceOf('a'), sourceOf('b')], { a: 30, b: 60 });
    expect(notices).toEqual([]);
    expect(lastGap(reads['a'])).toBe(10);
    const cost = costs.at(-1)?.cost;
    expect(cost).toMatchObject({
      budget: 1,
      reads: [
        { source: 'b', key: 'interval', interval: 10, inForce: 10 },
        { source: 'a', key: 'interval', interval: 10, inForce: 10 },
      ],
    });
    expect(cost?.spent).toBeGreaterThan(0.85);
    expect(cost?.spent).toBeLessThan(1);
    // First after a minute, then twice a minute.
    expect(costs).toHaveLength(9);
  });

  it('reads the least needed less often where all would cost more, and says so once', () => {
    const sources = [
      sourceOf('health', { kind: 'vital', slowest: 10 }),
      sourceOf('bloat', { kind: 'bloat' }),
    ];
    const { reads, notices, costs } = run(20, sources, { health: 70, bloat: 90 });
    expect(lastGap(reads['health'])).toBe(10);
    expect(lastGap(reads['bloat'])).toBe(40);
    expect(notices).toEqual([
      'reading main costs more than the budget of 1 %: [bloat] interval goes from 10 to 40 s',
    ]);
    const cost = costs.at(-1)?.cost;
    expect(cost?.reads).toMatchObject([{ source: 'health' }, { interval: 10, inForce: 40 }]);
    expect(cost?.spent).toBeLessThan(1);
  });

  it('slows down in the order of what is least needed, each as far as it may, the next only then', () => {
    const orders = (cost: number) => {
      const sources = [...shedding].reverse().map((kind) => sourceOf(kind, { kind }));
      const costs = Object.fromEntries(shedding.map((kind) => [kind, cost]));
      const { reads } = run(30, sources, costs);
      return shedding.map((kind) => lastGap(reads[kind]));
    };
    expect(orders(15)).toEqual([160, 20, 10, 10, 10, 10, 10, 10]);
    expect(orders(30)).toEqual([160, 160, 160, 160, 160, 10, 10, 10]);
    expect(orders(60)).toEqual([160, 160, 160, 160, 160, 160, 40, 10]);
    expect(orders(100)).toEqual([160, 160, 160, 160, 160, 160, 160, 20]);
  });

  it('goes back by itself when reads cost less', () => {
    const { reads, notices } = run(
      20,
      [sourceOf('a')],
      { a: 300 },
      {
        300: ({ costs }) => (costs['a'] = 5),
      },
    );
    expect(notices.at(-1)).toMatch(/costs less than before: \[a\] interval goes from \d+ to 10 s/);
    expect(lastGap(reads['a'])).toBe(10);
  });

  it('does not go to and fro where the cost does', () => {
    // Half a minute well below the budget, half a minute at twice of it: a busy machine.
    const script = Object.fromEntries(
      Array.from({ length: 120 }, (_, half) => [
        half * 30,
        ({ costs }: World) => (costs['a'] = half % 2 === 0 ? 30 : 200),
      ]),
    );
    const { notices, costs } = run(60, [sourceOf('a')], { a: 30 }, script);
    const relaxed = notices.filter((notice) => notice.includes('less than before'));
    expect(relaxed.length).toBeLessThanOrEqual(5);
    expect(costs.at(-1)?.cost?.spent).toBeLessThan(1.2);
  });

  it('never slows what one needs in an incident beyond its floor, whatever it costs', () => {
    const { reads } = run(10, [sourceOf('health', { kind: 'vital', slowest: 10 })], {
      health: 5_000,
    });
    expect(lastGap(reads['health'])).toBe(10);
  });

  it('takes another budget while running', () => {
    const { notices } = run(
      20,
      [sourceOf('a')],
      { a: 300 },
      {
        300: ({ settings$ }) => settings$.next(connectionSettings({ budget: 100 })),
      },
    );
    expect(notices).toHaveLength(2);
    expect(notices[1]).toContain('to 10 s');
  });

  it('does not ask a query that keeps timing out, and asks it again by itself', () => {
    const asked: number[] = [];
    const troubles: string[] = [];
    marbles(({ flush }) => {
      const timeout = new QueryError(
        '57014',
        'a/x',
        'canceling statement due to statement timeout',
      );
      const port = {
        query: () =>
          timer(5).pipe(
            map((): Row[] => {
              asked.push(asked.length);
              if (asked.length <= 3) throw timeout;
              return [];
            }),
          ),
      } as unknown as Server;
      const settings$ = held(connectionSettings());
      const { server } = governor({
        name: 'main',
        port,
        settings$,
        sources: [],
        note: () => undefined,
      });
      const ask$ = defer(() =>
        server.query({ name: 'a/x', sql: 'SELECT 1', lane: 'slow', timeoutMs: 1 }),
      ).pipe(
        catchError((error: unknown) => {
          troubles.push(messageOf(error));
          return EMPTY;
        }),
      );
      timer(0, 10_000)
        .pipe(
          take(20),
          concatMap(() => ask$),
        )
        .subscribe();
      flush();
    })();
    expect(asked).toHaveLength(3 + 20 - 3 - 6);
    expect(new Set(troubles)).toEqual(
      new Set([
        'canceling statement due to statement timeout',
        'a/x timed out 3 times in a row; it rests for 1 min',
      ]),
    );
  });
});
