import { NEVER, type Observable, Subject, of } from 'rxjs';
import { describe, it } from 'vitest';
import { poll, type PollOptions } from '../../src/operators/poll.ts';
import { marbles } from '../support/marbles.ts';

/** A poll whose reports are streams: what failed (message) and what was skipped. */
const polling = (
  options: Pick<PollOptions<string>, 'period$' | 'work'> & Partial<PollOptions<string>>,
): { poll$: Observable<string>; error$: Subject<string>; skip$: Subject<number> } => {
  const error$ = new Subject<string>();
  const skip$ = new Subject<number>();
  const poll$ = poll<string>({
    stop$: NEVER,
    timeoutMs: 1000,
    onError: (error) => {
      error$.next((error as Error).message);
    },
    onSkip: (ticks) => {
      skip$.next(ticks);
    },
    ...options,
  });
  return { poll$, error$, skip$ };
};
const periods = { p: 5, q: 4, t: 10, n: null, i: NaN };

describe('poll', () => {
  it(
    'reads at once, then at each slot, one read at a time',
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const period$ = hot(' p------------', periods);
      const work = cold('   -r|          ');
      const subs = [
        '                   ^-!          ',
        '                   -----^-!     ',
        '                   ----------^-!',
      ];
      const unsub = '       ^------------!';
      const expected = '    -r----r----r--';
      const { poll$ } = polling({ period$, work: () => work });
      expectObservable(poll$, unsub).toBe(expected);
      expectSubscriptions(work.subscriptions).toBe(subs);
    }),
  );

  it(
    'tells the read when it was due: the slot, or now for a read at once',
    marbles(({ cold, expectObservable }) => {
      const period$ = cold('---p', periods);
      const expected = '    ---a-b----c--';
      const unsub = '       ^-----------!';
      const { poll$ } = polling({ period$, work: (dueAt) => of(`due ${dueAt}`) });
      expectObservable(poll$, unsub).toBe(expected, { a: 'due 3', b: 'due 5', c: 'due 10' });
    }),
  );

  it(
    'shifts its slots by the phase',
    marbles(({ cold, expectObservable }) => {
      const period$ = cold('p', periods);
      const expected = '    r--r----r--';
      const unsub = '       ^---------!';
      const { poll$ } = polling({ period$, work: () => of('r'), phase: 0.6 });
      expectObservable(poll$, unsub).toBe(expected);
    }),
  );

  it(
    'skips and counts the ticks that come while a read is in flight',
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const period$ = hot(' p---------------------', periods);
      const work = cold('   -------r|             ');
      const subs = [
        '                   ^-------!             ',
        '                   ----------^-------!   ',
        '                   --------------------^-!',
      ];
      const unsub = '       ^---------------------!';
      const expected = '    -------r---------r-----';
      const skips = '       -----1---------1-------';
      const { poll$, skip$ } = polling({ period$, work: () => work });
      expectObservable(poll$, unsub).toBe(expected);
      expectObservable(skip$, unsub).toBe(skips, { 1: 1 });
      expectSubscriptions(work.subscriptions).toBe(subs);
    }),
  );

  it(
    're-arms on a new period without reading at once or touching the read in flight',
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const period$ = hot(' t--q---------', periods);
      const work = cold('   -----r|      ');
      const subs = ['                   ^-----!      ', '                   --------^----!'];
      const unsub = '       ^------------!';
      const expected = '    -----r--------';
      const skips = '       ----1-------1-';
      const { poll$, skip$ } = polling({ period$, work: () => work });
      expectObservable(poll$, unsub).toBe(expected);
      expectObservable(skip$, unsub).toBe(skips, { 1: 1 });
      expectSubscriptions(work.subscriptions).toBe(subs);
    }),
  );

  it(
    'does not notice a period that is repeated more often than it elapses',
    marbles(({ hot, expectObservable }) => {
      const period$ = hot(' p--p--p--p--p', periods);
      const unsub = '       ^-----------!';
      const expected = '    r----r----r--';
      const { poll$ } = polling({ period$, work: () => of('r') });
      expectObservable(poll$, unsub).toBe(expected);
    }),
  );

  it(
    'pauses on null without cancelling the read in flight, and reads at once after the pause',
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const period$ = hot(' n--p--n-----p-----', periods);
      const work = cold('   --r|              ');
      const subs = [
        '                   ---^--!           ',
        '                   ------------^--!  ',
        '                   ---------------^--!',
      ];
      const unsub = '       ^-----------------!';
      const expected = '    -----r--------r--r-';
      const { poll$ } = polling({ period$, work: () => work });
      expectObservable(poll$, unsub).toBe(expected);
      expectSubscriptions(work.subscriptions).toBe(subs);
    }),
  );

  it(
    'reports a read that fails or throws, and goes on',
    marbles(({ cold, expectObservable }) => {
      const period$ = cold('p', periods);
      const failing$ = cold('-r#', undefined, new Error('refused'));
      let reads = 0;
      const work = (): Observable<string> => {
        reads += 1;
        if (reads === 2) throw new Error('bug');
        return reads === 1 ? failing$ : of('r');
      };
      const unsub = '       ^-----------!';
      const expected = '    -r--------r--';
      const errors = '      --e--f-------';
      const { poll$, error$ } = polling({ period$, work });
      expectObservable(poll$, unsub).toBe(expected);
      expectObservable(error$, unsub).toBe(errors, { e: 'refused', f: 'bug' });
    }),
  );

  it(
    'reports and cancels a read that gives no answer within the time-out',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const period$ = cold('p', periods);
      const work = cold('   ------------------');
      const subs = [
        '                   ^------!          ',
        '                   ----------^------!',
      ];
      const unsub = '       ^------------------!';
      const errors = '      -------e---------e--';
      const { poll$, error$ } = polling({ period$, work: () => work, timeoutMs: 7 });
      expectObservable(poll$, unsub).toBe('-');
      expectObservable(error$, unsub).toBe(errors, { e: 'gave no answer for 7 ms' });
      expectSubscriptions(work.subscriptions).toBe(subs);
    }),
  );

  it(
    'frees itself from a read that answers and never completes',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const period$ = cold('p', periods);
      const work = cold('   r--r---------');
      const subs = ['                   ^------!     ', '                   ----------^---!'];
      const unsub = '       ^-------------!';
      const expected = '    r--r------r--r-';
      const errors = '      -------e-------';
      const { poll$, error$ } = polling({ period$, work: () => work, timeoutMs: 4 });
      expectObservable(poll$, unsub).toBe(expected);
      expectObservable(error$, unsub).toBe(errors, { e: 'gave no answer for 4 ms' });
      expectSubscriptions(work.subscriptions).toBe(subs);
    }),
  );

  it(
    'accepts an answer exactly at the last moment before the time-out',
    marbles(({ cold, expectObservable }) => {
      const period$ = cold('t', periods);
      const work = cold('   ---(r|)');
      const unsub = '       ^--------!';
      const { poll$, error$ } = polling({ period$, work: () => work, timeoutMs: 4 });
      expectObservable(poll$, unsub).toBe('---r');
      expectObservable(error$, unsub).toBe('-');
    }),
  );

  it(
    'lets the read in flight end after stop$, then completes',
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const period$ = hot(' p--------', periods);
      const stop$ = hot('   ------s--');
      const work = cold('   --r|     ');
      const subs = ['                   ^--!     ', '                   -----^--!'];
      const expected = '    --r----r|';
      const { poll$ } = polling({ period$, stop$, work: () => work });
      expectObservable(poll$).toBe(expected);
      expectSubscriptions(work.subscriptions).toBe(subs);
    }),
  );

  it(
    'cancels the read in flight at the end of the grace, which a second stop does not lengthen',
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const period$ = hot(' p------------', periods);
      const stop$ = hot('   ------s-s----');
      const work = cold('   -------------');
      const subs = '        ^--------!   ';
      const expected = '    ---------|   ';
      const { poll$ } = polling({ period$, stop$, work: () => work, graceMs: 3 });
      expectObservable(poll$).toBe(expected);
      expectSubscriptions(work.subscriptions).toBe(subs);
    }),
  );

  it(
    'completes at stop$ where no read is in flight, and reads nothing where it has come before',
    marbles(({ cold, hot, expectObservable }) => {
      const period$ = cold('p', periods);
      const stop$ = hot('   -------s--');
      const expected = '    r----r-|  ';
      expectObservable(polling({ period$, stop$, work: () => of('r') }).poll$).toBe(expected);
      expectObservable(polling({ period$, stop$: of(1), work: () => of('r') }).poll$).toBe('|');
    }),
  );

  it(
    'waits for the first period, and completes where none can come',
    marbles(({ cold, expectObservable }) => {
      const work = (): Observable<string> => of('r');
      expectObservable(polling({ period$: NEVER, work }).poll$, '^--------!').toBe('-');
      expectObservable(polling({ period$: cold('---|'), work }).poll$).toBe('---|');
    }),
  );

  it(
    'keeps the newest period when the periods end or fail, and reports the failure',
    marbles(({ cold, expectObservable }) => {
      const unsub = '          ^-----------!';
      const expected = '       r----r----r--';
      const ended = polling({ period$: cold('p--|', periods), work: () => of('r') });
      expectObservable(ended.poll$, unsub).toBe(expected);
      const failed = polling({
        period$: cold('        p--#        ', periods, new Error('lost')),
        work: () => of('r'),
      });
      expectObservable(failed.poll$, unsub).toBe(expected);
      expectObservable(failed.error$, unsub).toBe('---e', { e: 'lost' });
    }),
  );

  it(
    'reports a period that is none and pauses until the next',
    marbles(({ hot, expectObservable }) => {
      const period$ = hot('    p--i-----p--', periods);
      const unsub = '          ^----------!';
      const expected = '       r---------r-';
      const errors = '         ---e--------';
      const { poll$, error$ } = polling({ period$, work: () => of('r') });
      expectObservable(poll$, unsub).toBe(expected);
      expectObservable(error$, unsub).toBe(errors, {
        e: 'periodMs must be a number of ms, at least 1; it is NaN.',
      });
    }),
  );

  it(
    'reports a callback that throws, and ends',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const period$ = cold('p', periods);
      const work = cold('   --------');
      const onSkip = (): never => {
        throw new Error('bug');
      };
      const { poll$, error$ } = polling({ period$, work: () => work, onSkip });
      expectObservable(poll$).toBe('  -----|');
      expectObservable(error$, '^------!').toBe('-----e', { e: 'bug' });
      expectSubscriptions(work.subscriptions).toBe('^----!');
    }),
  );

  it(
    'cancels the read in flight on unsubscription',
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const period$ = hot(' p--------', periods);
      const stop$ = hot('   ---------');
      const work = cold('   ---------');
      const unsub = '       ^--!      ';
      const { poll$ } = polling({ period$, stop$, work: () => work });
      expectObservable(poll$, unsub).toBe('-');
      expectSubscriptions(work.subscriptions).toBe(unsub);
      expectSubscriptions(period$.subscriptions).toBe(unsub);
      expectSubscriptions(stop$.subscriptions).toBe([unsub, unsub]);
    }),
  );

  it(
    'serves a second subscriber independently',
    marbles(({ cold, expectObservable }) => {
      const period$ = cold('      p', periods);
      const work = cold('         -----r|');
      const { poll$ } = polling({ period$, work: () => work });
      expectObservable(poll$, '   ^-------!').toBe('   -----r---');
      expectObservable(poll$, '   --^------!').toBe('  -------r--');
    }),
  );
});
