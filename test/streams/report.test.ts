import { from, interval, map, of, take, tap } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { emptyBooks } from '../../src/schema/books.ts';
import type { Entry } from '../../src/schema/journal.ts';
import { report } from '../../src/streams/report.ts';
import { aMetric, acked } from './entries.ts';

const linesOf = (...entries: Entry[]): string[] => {
  const lines: string[] = [];
  from(entries)
    .pipe(report())
    .subscribe(({ level, unit, message }) => lines.push(`${level} ${unit}: ${message}`));
  return lines;
};
const trouble = (unit: string, message: string, code = 'ERR_QUERY'): Entry => ({
  at: 'trouble',
  unit,
  code,
  message,
});
const sample = (unit: string, at: number, fields = {}): Entry => ({
  at: 'source',
  unit,
  metric: { ...aMetric('pg_stats', fields), timestamp: `2026-01-02T03:04:0${at}.000Z` },
});
describe('the agent’s log', () => {
  it('says nothing of healthy ticks', () => {
    expect(
      linesOf(sample('main/pg_stats', 1), sample('main/pg_stats', 2), acked({ a: 1 })),
    ).toEqual([]);
  });

  it('says a failure once, and once that it is over', () => {
    expect(
      linesOf(
        trouble('main/pg_stats', 'timed out'),
        trouble('main/pg_stats', 'timed out'),
        sample('main/pg_stats', 1),
        sample('main/pg_stats', 2),
        sample('main/pg_stats', 3),
      ),
    ).toEqual([
      'warn main/pg_stats: timed out',
      'info main/pg_stats: works again after 2 failures',
    ]);
  });

  it('does not flap where a unit fails in part at each tick', () => {
    const tick = (at: number) => [
      trouble('main/pg_stats', 'no such database'),
      sample('main/pg_stats', at),
    ];
    expect(linesOf(...tick(1), ...tick(2), ...tick(3))).toHaveLength(1);
  });

  it('says the same failure again when its text changes', () => {
    expect(linesOf(trouble('a', 'x'), trouble('a', 'y'), trouble('a', 'y'))).toHaveLength(2);
  });

  it('says once each what the units of a server tell in different words by turns', () => {
    const lane = (text: string) => trouble('main/pg_stats', text, 'ERR_UNREACHABLE');
    const turn = [lane('no answer'), lane('3 connections have not ended')];
    expect(linesOf(...turn, ...turn, ...turn)).toEqual([
      'warn main: no answer',
      'warn main: 3 connections have not ended',
    ]);
  });

  it('does not say a line per tick where the text has a number in it', () => {
    const ticks = Array.from({ length: 100 }, (_, n) => trouble('a', `took ${n} ms`));
    expect(linesOf(...ticks)).toHaveLength(3);
  });

  it('says a further text once in ten minutes', () => {
    new TestScheduler(() => undefined).run(({ expectObservable, flush }) => {
      let lines = 0;
      const said$ = interval(10_000).pipe(
        take(360),
        map((n) => trouble('a', `took ${n} ms`)),
        report(),
        tap(() => lines++),
      );
      expectObservable(said$);
      flush();
      expect(lines).toBeLessThan(20);
      expect(lines).toBeGreaterThan(6);
    });
  });

  it('does not take what is read beside a server for a sign that the server is back', () => {
    const entries = [
      trouble('main/pg_health', 'refused', 'ERR_UNREACHABLE'),
      ...[1, 2, 3].map((at) => sample('main/pg_log', at)),
    ].map((entry) =>
      entry.at === 'source' ? { ...entry, metric: { ...entry.metric, type: 'pg_log' } } : entry,
    );
    const lines: string[] = [];
    from(entries)
      .pipe(report({ aside: new Set(['pg_log']) }))
      .subscribe(({ message }) => lines.push(message));
    expect(lines).toEqual(['refused']);
  });

  it('says once for the whole server that it is away, and that it is back', () => {
    expect(
      linesOf(
        trouble('main/pg_stats', 'refused', 'ERR_UNREACHABLE'),
        trouble('main/pg_global', 'refused', 'ERR_UNREACHABLE'),
        sample('main/pg_health', 1, { up: 0 }),
        sample('main/pg_health', 2, { up: 0 }),
        sample('main/pg_health', 3, { up: 1 }),
        sample('main/pg_health', 4, { up: 1 }),
      ),
    ).toEqual(['warn main: refused', 'info main: works again after 2 failures']);
  });

  it('says that pushes fail once, and that they work again', () => {
    const refused = trouble('sink', 'https://backend.test: 503', 'ERR_DELIVERY');
    expect(linesOf(refused, refused, refused, { at: 'settled', unit: 'sink' })).toEqual([
      'warn sink: https://backend.test: 503',
      'info sink: works again after 3 failures',
    ]);
  });

  it('closes the books at the end', () => {
    const books = { ...emptyBooks, collected: 5, delivered: 3, dropped: { shutdown: 2 } };
    expect(linesOf({ at: 'ended', books })).toEqual([
      'info books: collected 5, recovered 0, delivered 3, buffered 0, spooled 0, set aside 0, dropped 2 (shutdown 2)',
    ]);
  });

  it('says each reason of a loss once', () => {
    const drop: Entry = {
      at: 'dropped',
      from: 'buffered',
      counts: { pg_log: 1 },
      reason: 'buffer_full',
    };
    expect(linesOf(drop, drop)).toEqual(['error books: dropping pg_log (buffer_full)']);
  });

  it('says which configuration took effect', () => {
    const changed = ['sysstat.interval: 15 → 5'];
    expect(linesOf({ at: 'config', origin: 'pull', version: 2, changed })).toEqual([
      'info config: configuration version 2 from pull took effect: sysstat.interval: 15 → 5',
    ]);
  });

  it('keeps its memory apart for each subscriber', () => {
    const log$ = of(trouble('a', 'x')).pipe(report());
    const lines: unknown[] = [];
    log$.subscribe((line) => lines.push(line));
    log$.subscribe((line) => lines.push(line));
    expect(lines).toHaveLength(2);
  });
});
