import { describe, it } from 'vitest';
import { holdBack } from '../../src/operators/holdBack.ts';
import { marbles } from '../support/marbles.ts';

const values = { f: false, t: true };

describe('holdBack', () => {
  it(
    'holds the newest value back until it may go on',
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const source = hot(' -a--b--c-----d-|');
      const held$ = cold('  f-t------f-----|', values);
      const expected = '   -a-------c---d-|';
      expectObservable(source.pipe(holdBack(held$))).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe('^--------------!');
    }),
  );

  it(
    'tells nothing twice when it is held and let go without news',
    marbles(({ hot, cold, expectObservable }) => {
      const source = hot(' -a--------');
      const held$ = cold('  f--t--f---', values);
      const expected = '   -a--------';
      expectObservable(source.pipe(holdBack(held$)), '^---------!').toBe(expected);
    }),
  );

  it(
    'passes an error on at once',
    marbles(({ hot, cold, expectObservable }) => {
      const source = hot(' -a-#');
      const held$ = cold('  t---', values);
      expectObservable(source.pipe(holdBack(held$))).toBe('---#');
    }),
  );

  it(
    'unsubscribes from both',
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const source = hot(' -a---');
      const held$ = cold('  f----', values);
      expectObservable(source.pipe(holdBack(held$)), '^--!').toBe('-a-');
      expectSubscriptions(source.subscriptions).toBe('^--!');
      expectSubscriptions(held$.subscriptions).toBe('^--!');
    }),
  );
});
