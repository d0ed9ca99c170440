import { config, of, toArray } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { validate, type Verdict } from '../../src/operators/validate.ts';
import { marbles } from '../support/marbles.ts';

const upper = (value: string): Verdict<string> =>
  value === 'x' ? { problem: 'is x' } : { ok: value.toUpperCase() };

afterEach(() => {
  config.onUnhandledError = null;
});

describe('validate', () => {
  it(
    'passes on the checked form of what is accepted, and nothing of what is not',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const rejected: string[] = [];
      const check = (marble: string, expected: string, subs: string, unsub?: string): void => {
        const source = cold(marble);
        const result$ = source.pipe(
          validate(upper, (value, problem) => rejected.push(`${value} ${problem}`)),
        );
        expectObservable(result$, unsub).toBe(expected);
        expectSubscriptions(source.subscriptions).toBe(subs);
      };
      check('-a-x-b-|', '-A---B-|', '^------!');
      check('-a-#    ', '-A-#    ', '^--!    ');
      check('|       ', '|       ', '(^!)    ');
      check('--------', '--------', '^--!    ', '^--!');
    }),
  );

  it('tells of each rejected value and its problem', () => {
    const rejected: [string, string][] = [];
    of('x', 'a', 'x')
      .pipe(validate(upper, (...told) => rejected.push(told)))
      .subscribe();
    expect(rejected).toStrictEqual([
      ['x', 'is x'],
      ['x', 'is x'],
    ]);
  });

  it('rejects the value of which the check throws, and goes on', () => {
    const rejected: [number, string][] = [];
    const seen: number[] = [];
    const check = (value: number): Verdict<number> => {
      if (value === 1) throw new TypeError('bug');
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- what a careless check may do
      if (value === 2) throw 'text';
      return { ok: value };
    };
    of(1, 2, 3)
      .pipe(validate(check, (...told) => rejected.push(told)))
      .subscribe((value) => seen.push(value));
    expect({ rejected, seen }).toStrictEqual({
      rejected: [
        [1, 'bug'],
        [2, 'text'],
      ],
      seen: [3],
    });
  });

  it('goes on where onReject throws, and hands the error to the handler of unhandled errors', async () => {
    const unhandled: unknown[] = [];
    config.onUnhandledError = (error) => unhandled.push(error);
    const bug = new Error('bug');
    const onReject = (): never => {
      throw bug;
    };
    let seen: string[] | undefined;
    of('x', 'a')
      .pipe(validate(upper, onReject), toArray())
      .subscribe((values) => (seen = values));
    expect(seen).toStrictEqual(['A']);
    await vi.waitFor(() => {
      expect(unhandled).toStrictEqual([bug]);
    });
  });

  it('passes on an accepted undefined', () => {
    const seen: unknown[] = [];
    of(1)
      .pipe(
        validate(
          () => ({ ok: undefined }),
          () => undefined,
        ),
      )
      .subscribe((value) => seen.push(value));
    expect(seen).toStrictEqual([undefined]);
  });
});
