import { describe, it } from 'vitest';
import { beside } from '../../src/operators/beside.ts';
import { marbles } from '../support/marbles.ts';

describe('beside', () => {
  it(
    'runs the side stream for as long as the source, and drops what it emits',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('--a---b--|');
      const side$ = cold(' -x-x-x----x');
      const subs = '       ^--------!';
      expectObservable(source.pipe(beside(side$))).toBe('--a---b--|');
      expectSubscriptions(source.subscriptions).toBe(subs);
      expectSubscriptions(side$.subscriptions).toBe(subs);
    }),
  );

  it(
    'goes on when the side stream completes, and subscribes to it first',
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const source = hot('--a---|');
      const side$ = cold('-|     ');
      expectObservable(source.pipe(beside(side$))).toBe('--a---|');
      expectObservable(cold('|').pipe(beside(side$))).toBe('|');
      expectSubscriptions(side$.subscriptions).toBe(['^!', '(^!)']);
    }),
  );

  it(
    'errors with the error of either, and ends the other',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const never$ = cold('------');
      const failing$ = cold('--#');
      expectObservable(failing$.pipe(beside(never$))).toBe('--#');
      expectObservable(never$.pipe(beside(failing$))).toBe('--#');
      expectSubscriptions(never$.subscriptions).toBe(['^-!', '^-!']);
    }),
  );

  it(
    'leaves both on unsubscription, and serves a second subscriber independently',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-a----');
      const side$ = cold(' ------');
      const result$ = source.pipe(beside(side$));
      expectObservable(result$, '^--!  ').toBe('-a--');
      expectObservable(result$, '--^--!').toBe('---a--');
      expectSubscriptions(side$.subscriptions).toBe(['^--!', '--^--!']);
      expectSubscriptions(source.subscriptions).toBe(['^--!', '--^--!']);
    }),
  );
});
