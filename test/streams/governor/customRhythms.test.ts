import { type Observable, finalize, map, merge, takeUntil, timer } from 'rxjs';
import { expect, it } from 'vitest';
import type { Query, Row, Server } from '../../../src/ports/server.ts';
import type { SectionSettings } from '../../../src/schema/config.ts';
import type { Entry } from '../../../src/schema/journal.ts';
import { custom } from '../../../src/sources/custom/custom.ts';
import { polled } from '../../../src/sources/polled.ts';
import { governor } from '../../../src/streams/governor.ts';
import { held, hostContext } from '../../support/hostContext.ts';
import { marbles } from '../../support/marbles.ts';
import { connectionSettings } from '../../support/serverContext.ts';

/** Seconds between the last reads. */
const lastGap = (seconds: readonly number[] = []) => seconds.at(-1)! - seconds.at(-2)!;

it('slows down a query of one’s own by its own interval, and the others not', () => {
  const entries: Entry[] = [];
  const gaps: Record<string, readonly number[]> = {};
  marbles(({ flush }) => {
    const costs: Record<string, number> = { 'custom/dear': 400, 'custom/cheap': 2 };
    function query({ name, took }: Query): Observable<readonly Row[]> {
      const ms = costs[name] ?? 0;
      return timer(ms).pipe(
        map(() => [] as Row[]),
        finalize(() => took?.(ms)),
      );
    }
    const { server, paced } = governor({
      name: 'main',
      port: { query } as unknown as Server,
      settings$: held(connectionSettings()),
      sources: [custom],
      note: (entry) => entries.push(entry),
    });
    const section = { enabled: true, dear: { interval: 10 }, cheap: { interval: 10 } };
    const section$ = paced('custom', held(section as unknown as SectionSettings));
    const reads = ['dear', 'cheap'].map((name) => {
      const settings$ = section$.pipe(
        map((all) => {
          const own = (all as unknown as Record<string, { interval: number }>)[name]!;
          return { enabled: true, interval: own.interval };
        }),
      );
      const seconds = (gaps[name] = []) as number[];
      const context = { ...hostContext(custom), settings$ };
      return polled(context, { timeoutMs: 60_000 }, (_, dueAt) => {
        seconds.push(Math.round(dueAt / 1000));
        return server
          .query({ name: `custom/${name}`, sql: '', lane: 'database', timeoutMs: 1 })
          .pipe(map(() => []));
      });
    });
    merge(...reads)
      .pipe(takeUntil(timer(1_200_000)))
      .subscribe();
    flush();
  })();
  expect([lastGap(gaps['dear']), lastGap(gaps['cheap'])]).toEqual([80, 10]);
  expect(entries.flatMap((entry) => (entry.at === 'notice' ? entry.message : []))).toEqual([
    'reading main costs more than the budget of 1 %: [custom] dear.interval goes from 10 to 80 s',
  ]);
  const cost = entries.filter((entry) => entry.at === 'cost').at(-1)?.cost;
  expect(cost?.reads).toMatchObject([{ key: 'dear.interval', interval: 10, inForce: 80 }, {}]);
});
