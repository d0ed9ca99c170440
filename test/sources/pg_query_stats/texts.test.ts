import { concatMap, of, throwError, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { QueryError } from '../../../src/errors.ts';
import type { Query, Row } from '../../../src/ports/server.ts';
import { Texts } from '../../../src/sources/pg_query_stats/texts.ts';
import { marbles } from '../../support/marbles.ts';
import { fakeServer } from '../../support/serverContext.ts';

const place = { database: 'postgres', schema: 'public', version: '1.12', columns: [] };
const usual = { redacts: true, periodMs: 300_000 };

/** Asks for the texts of some ids every minute; the server takes `tookMs`. Gives the minutes in which it was asked. */
function minutes(total: number, tookMs: number, ids: (minute: number) => readonly string[]) {
  const asked: number[] = [];
  marbles(({ flush }) => {
    const texts = new Texts();
    let minute = 0;
    const server = fakeServer(({ values }: Query) => {
      asked.push(minute);
      const rows = (values![0] as string[]).map((id): Row => [id, `SELECT ${id}`]);
      return timer(tookMs).pipe(concatMap(() => of(rows)));
    });
    for (let at = 0; at < total; at++) {
      timer(at * 60_000)
        .pipe(
          concatMap(() => {
            minute = at;
            return texts.refresh(server, place, ids(at), usual, () => undefined);
          }),
        )
        .subscribe();
    }
    flush();
  })();
  return asked;
}

/** The texts after one read of what the server says. */
function read(rows: readonly Row[], redacts = true): Texts {
  const texts = new Texts();
  const ids = rows.map(([id]) => id!);
  texts
    .refresh(
      fakeServer(() => of(rows)),
      place,
      ids,
      { redacts, periodMs: 300_000 },
      () => undefined,
    )
    .subscribe();
  return texts;
}

describe('Texts', () => {
  it('asks only for ids that are new, at most every 5 minutes', () => {
    expect(minutes(12, 10, () => ['1'])).toStrictEqual([0]);
    expect(minutes(12, 10, (minute) => [String(minute)])).toStrictEqual([0, 5, 10]);
  });

  it('asks half as often each time that the answer takes longer than 200 ms', () => {
    expect(minutes(75, 201, (minute) => [String(minute)])).toStrictEqual([0, 10, 30, 70]);
  });

  it('holds what was redacted, and knows its own statements', () => {
    const texts = read([
      ['1', `SELECT 'secret'`],
      ['2', 'SELECT /* pganalytics:pg_stats */ 1'],
    ]);
    expect(texts.get('1')).toStrictEqual({ text: 'SELECT ?', truncated: false, mine: false });
    expect(texts.get('2')).toMatchObject({ mine: true });
    expect(texts.get('3')).toBeUndefined();
  });

  it('cuts long texts at a character', () => {
    const known = read([['1', `SELECT ${'a'.repeat(4088)}😀b`]], false).get('1')!;
    expect(known.truncated).toBe(true);
    expect(known.text).toBe(`SELECT ${'a'.repeat(4088)}`);
  });

  it('keeps literals where the privacy settings say so, and forgets all when they change', () => {
    const texts = read([['1', `SELECT 'a'`]], false);
    expect(texts.get('1')).toMatchObject({ text: `SELECT 'a'` });
    texts
      .refresh(
        fakeServer(() => of([['1', `SELECT 'a'`]])),
        place,
        ['1'],
        usual,
        () => undefined,
      )
      .subscribe();
    expect(texts.get('1')).toMatchObject({ text: 'SELECT ?' });
  });

  it('forgets the texts that were longest unused when they take too much', () => {
    const rows = Array.from({ length: 2_000 }, (_, n): Row => [String(n), 'x'.repeat(4_096)]);
    const texts = read(rows);
    const known = rows.filter(([id]) => texts.get(id!) !== undefined).map(([id]) => Number(id));
    expect(known).toHaveLength(1_024);
    expect(known[0]).toBe(976);
  });

  it('reports an error with its remedy, and goes on', () => {
    const problems: unknown[] = [];
    const failing = fakeServer(() =>
      throwError(() => new QueryError('22P05', 'pg_query_stats/texts', 'no equivalent')),
    );
    let done = false;
    new Texts()
      .refresh(failing, place, ['1'], usual, (problem) => problems.push(problem))
      .subscribe({ complete: () => (done = true) });
    expect(done).toBe(true);
    expect(String(problems[0])).toContain('pg_stat_statements_reset()');
  });
});
