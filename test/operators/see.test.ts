import { config, of, toArray } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { see } from '../../src/operators/see.ts';
import { marbles } from '../support/marbles.ts';

afterEach(() => {
  config.onUnhandledError = null;
});

describe('see', () => {
  it(
    'passes everything on as it comes',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const check = (marble: string, subs: string, unsub?: string): void => {
        const source = cold(marble);
        expectObservable(source.pipe(see(() => undefined)), unsub).toBe(marble);
        expectSubscriptions(source.subscriptions).toBe(subs);
      };
      check('--a-b-|', '^-----!');
      check('--a-#  ', '^---!  ');
      check('|      ', '(^!)   ');
      check('-------', '^--!   ', '^--!');
    }),
  );

  it('tells note of each value before it passes on', () => {
    const order: string[] = [];
    of(1, 2)
      .pipe(see((value) => order.push(`note ${value}`)))
      .subscribe((value) => order.push(`next ${value}`));
    expect(order).toStrictEqual(['note 1', 'next 1', 'note 2', 'next 2']);
  });

  it('goes on where note throws, and hands the error to the handler of unhandled errors', async () => {
    const unhandled: unknown[] = [];
    config.onUnhandledError = (error) => unhandled.push(error);
    const bug = new Error('bug');
    let seen: number[] | undefined;
    of(1, 2, 3)
      .pipe(
        see((value) => {
          if (value === 2) throw bug;
        }),
        toArray(),
      )
      .subscribe((values) => (seen = values));
    expect(seen).toStrictEqual([1, 2, 3]);
    await vi.waitFor(() => {
      expect(unhandled).toStrictEqual([bug]);
    });
  });
});
