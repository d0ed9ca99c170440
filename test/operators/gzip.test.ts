import { randomBytes } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { Subject, concatMap, delay, from, lastValueFrom, of, timer, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { gzip } from '../../src/operators/gzip.ts';
import { marbles } from '../support/marbles.ts';

const compressed = (data: string | Uint8Array, level?: number): Promise<Uint8Array> =>
  lastValueFrom(of(data).pipe(gzip(level === undefined ? {} : { level })));
const json = JSON.stringify(
  Array.from({ length: 500 }, (_, i) => ({ type: 'table', name: `orders_${i}`, rows: i * 7 })),
);

describe('gzip', () => {
  it('makes a gzip member (RFC 1952) that gives the same text back', async () => {
    const member = await compressed('größer als ASCII: €');
    expect([...member.subarray(0, 3)]).toStrictEqual([0x1f, 0x8b, 8]);
    expect(gunzipSync(member).toString()).toBe('größer als ASCII: €');
  });

  it('gives back any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), async (bytes) => {
        const back = gunzipSync(await compressed(bytes));
        expect(Buffer.compare(back, bytes)).toBe(0);
      }),
      { numRuns: 50 },
    );
  });

  it('compresses JSON to less than half by default', async () => {
    expect((await compressed(json)).length).toBeLessThan(json.length / 2);
  });

  it('compresses as much as the level says', async () => {
    const [stored, fast, small] = await Promise.all([0, 1, 9].map((n) => compressed(json, n)));
    expect(stored!.length).toBeGreaterThan(json.length);
    expect(fast!.length).toBeGreaterThan(small!.length);
  });

  it.each([-1, 10, 1.5, NaN])('refuses level %d', (level) => {
    expect(() => gzip({ level })).toThrow(TypeError);
  });

  it('keeps the order, although a small piece would be done before a large one', async () => {
    const pieces = [randomBytes(4_000_000), randomBytes(10), randomBytes(500_000), Buffer.alloc(0)];
    const members = await lastValueFrom(from(pieces).pipe(gzip({ level: 9 }), toArray()));
    expect(members.map((member) => gunzipSync(member).length)).toStrictEqual(
      pieces.map(({ length }) => length),
    );
  });

  it('leaves the event loop free meanwhile', async () => {
    const done = compressed(randomBytes(8_000_000), 9);
    let turns = 0;
    const turning = timer(0, 1).subscribe(() => (turns += 1));
    await done;
    turning.unsubscribe();
    expect(turns).toBeGreaterThan(10);
  });

  it('drops the result of the piece in work after unsubscription', async () => {
    const source = new Subject<string>();
    const results: unknown[] = [];
    const subscription = source.pipe(gzip()).subscribe((result) => results.push(result));
    source.next(json);
    subscription.unsubscribe();
    await compressed(json);
    await lastValueFrom(timer(20));
    expect(results).toStrictEqual([]);
  });

  it(
    'compresses one piece at a time, in order',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('   ab-------|');
      const compress$ = cold('---c|');
      const subs = ['                     ^---!', '                     ----^---!'];
      const expected = '      ---c---c-|';
      const result$ = source.pipe(gzip({ compress: () => compress$.pipe(concatMap(() => [one])) }));
      const one = Uint8Array.of(1);
      expectObservable(result$).toBe(expected, { c: one });
      expectSubscriptions(compress$.subscriptions).toBe(subs);
    }),
  );

  it(
    'passes on completion, silence, and the errors of source and compressor',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      function compress() {
        return of(Uint8Array.of(1)).pipe(delay(2));
      }
      const broken = new Error('broken');
      const never$ = cold('------');
      expectObservable(cold('--|').pipe(gzip({ compress }))).toBe('--|');
      expectObservable(never$.pipe(gzip({ compress })), '^---!').toBe('-');
      expectSubscriptions(never$.subscriptions).toBe('^---!');
      expectObservable(cold('a#').pipe(gzip({ compress }))).toBe('-#');
      const failing$ = cold('--#', undefined, broken);
      expectObservable(cold('a').pipe(gzip({ compress: () => failing$ as never }))).toBe(
        '--#',
        undefined,
        broken,
      );
      const throwing = (): never => {
        throw broken;
      };
      expectObservable(cold('a').pipe(gzip({ compress: throwing }))).toBe('#', undefined, broken);
    }),
  );

  it(
    'serves a second subscriber independently',
    marbles(({ cold, expectObservable }) => {
      const result$ = cold('a-|').pipe(
        gzip({ compress: () => of(Uint8Array.of(1)).pipe(delay(1)) }),
      );
      const values = { c: Uint8Array.of(1) };
      expectObservable(result$, '^-----').toBe('  -c|', values);
      expectObservable(result$, '--^---').toBe('  ---c|', values);
    }),
  );
});
