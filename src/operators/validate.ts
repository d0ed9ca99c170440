import { type OperatorFunction, filter, map } from 'rxjs';
import { reportUnhandled } from './reportUnhandled.ts';

/** What a check found: the value in its checked form, or what is wrong with it. */
export type Verdict<R> = { readonly ok: R } | { readonly problem: string };

/** Stands for a value that was rejected, until it is left out. */
const rejected = Symbol('rejected');

/**
 * Passes on what `check` accepts, in its checked form, and tells `onReject` of the rest.
 *
 *     source     --a--x--b--|
 *     onReject        x
 *     result     --A-----B--|
 *
 * One bad value, or a bug in one check, does not end the stream: a check that throws rejects the value, the problem
 * being what was thrown. An `onReject` that throws is treated as `see` does.
 */
export function validate<T, R>(
  check: (value: T) => Verdict<R>,
  onReject: (value: T, problem: string) => void,
): OperatorFunction<T, R> {
  const judge = (value: T): Verdict<R> => {
    try {
      return check(value);
    } catch (error) {
      return { problem: error instanceof Error ? error.message : String(error) };
    }
  };
  const accepted = (value: T): R | typeof rejected => {
    const verdict = judge(value);
    if (!('problem' in verdict)) return verdict.ok;
    try {
      onReject(value, verdict.problem);
    } catch (error) {
      reportUnhandled(error);
    }
    return rejected;
  };
  return (source) =>
    source.pipe(
      map(accepted),
      filter((value): value is R => value !== rejected),
    );
}
