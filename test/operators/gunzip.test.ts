import { gzipSync } from 'node:zlib';
import { concatMap, firstValueFrom, of, throwError, timer, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { gunzip } from '../../src/operators/gunzip.ts';
import { gzip } from '../../src/operators/gzip.ts';
import { marbles } from '../support/marbles.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);

describe('gunzip', () => {
  it('gives back what gzip took, in order', async () => {
    const texts = ['', 'a', 'ü'.repeat(100_000)];
    const back$ = of(...texts).pipe(gzip(), gunzip(), toArray());
    const back = await firstValueFrom(back$);
    expect(back.map((piece) => Buffer.from(piece).toString())).toEqual(texts);
  });

  it('errors where a value is no gzip, is cut off, or holds more than it may', async () => {
    const bomb = gzipSync(Buffer.alloc(100_000));
    const unpack = (data: Uint8Array) =>
      firstValueFrom(of(data).pipe(gunzip({ maxBytes: 99_999 })));
    await expect(unpack(bytes('plain'))).rejects.toThrow('incorrect header');
    await expect(unpack(bomb.subarray(0, 50))).rejects.toThrow('unexpected end');
    await expect(unpack(bomb)).rejects.toMatchObject({ code: 'ERR_BUFFER_TOO_LARGE' });
  });

  it(
    'decompresses one at a time, in order, and stops on unsubscribe',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const values = { a: bytes('a'), b: bytes('b') };
      const source = cold('  ab--------|', values);
      const expected = '     ---a--b---|';
      const unsub = '        -----!     ';
      const cut = '          ---a--     ';
      const work = (data: Uint8Array) => timer(3).pipe(concatMap(() => of(data)));
      expectObservable(source.pipe(gunzip({ decompress: work }))).toBe(expected, values);
      expectObservable(source.pipe(gunzip({ decompress: work })), unsub).toBe(cut, values);
      expectSubscriptions(source.subscriptions).toBe(['^---------!', '^----!']);
    }),
  );

  it(
    'passes errors of its source and of the decompressor on',
    marbles(({ cold, expectObservable }) => {
      const broken$ = cold<Uint8Array>('--#', {}, new Error('source'));
      expectObservable(broken$.pipe(gunzip())).toBe('--#', {}, new Error('source'));
      const whole$ = cold<Uint8Array>('-a-', { a: bytes('a') });
      const failed$ = whole$.pipe(gunzip({ decompress: () => throwError(() => new Error('bad')) }));
      expectObservable(failed$).toBe('-#', {}, new Error('bad'));
    }),
  );
});
