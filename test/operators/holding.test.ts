/* eslint-disable rxjs-x/finnish -- sources are called as the operator's documentation calls them */
import { throwError } from 'rxjs';
import { describe, it } from 'vitest';
import { holding } from '../../src/operators/holding.ts';
import { marbles } from '../support/marbles.ts';

const boom = new Error('boom');

describe('holding', () => {
  it(
    'holds the resource while the work goes on, and closes it after',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const resource = cold('--r------');
      const work = cold('     --a--b|  ');
      const subs = '         ^-------!';
      const expected = '     ----a--b|';
      expectObservable(resource.pipe(holding(() => work))).toBe(expected);
      expectSubscriptions(resource.subscriptions).toBe(subs);
    }),
  );

  it(
    'ignores further values while the work goes on',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const resource = cold('r-s---');
      const work = cold('    ---a| ');
      expectObservable(resource.pipe(holding(() => work))).toBe('---a|');
      expectSubscriptions(work.subscriptions).toBe('^---!');
    }),
  );

  it(
    'passes on what the source does without a value',
    marbles(({ cold, expectObservable }) => {
      const work = cold('a|');
      expectObservable(cold('--|').pipe(holding(() => work))).toBe('--|');
      expectObservable(cold('--#').pipe(holding(() => work))).toBe('--#');
      expectObservable(cold('---').pipe(holding(() => work)), '^--!').toBe('---');
    }),
  );

  it(
    'closes the resource where the work fails or throws',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const failing = cold('-r---');
      expectObservable(failing.pipe(holding(() => throwError(() => boom)))).toBe('-#', {}, boom);
      expectSubscriptions(failing.subscriptions).toBe('^!');
      const throwing = cold('-r---');
      const broken = (): never => {
        throw boom;
      };
      expectObservable(throwing.pipe(holding(broken))).toBe('-#', {}, boom);
    }),
  );

  it(
    'ends work and resource on unsubscription',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const resource = cold('r-----');
      const work = cold('    --a---');
      expectObservable(resource.pipe(holding(() => work)), '^---!').toBe('--a--');
      expectSubscriptions(resource.subscriptions).toBe('^---!');
      expectSubscriptions(work.subscriptions).toBe('^---!');
    }),
  );

  it(
    'gives a second subscriber a resource of its own',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const resource = cold('r---');
      const held = resource.pipe(holding(() => cold('-a|')));
      expectObservable(held).toBe('-a|');
      expectObservable(held, '--^').toBe('---a|');
      expectSubscriptions(resource.subscriptions).toBe(['^-!', '--^-!']);
    }),
  );
});
