import { type OperatorFunction, map, mergeMap } from 'rxjs';
import { see } from './see.ts';

/** What a check found: the value in its checked form, or what is wrong with it. */
export type Verdict<R> = { readonly ok: R } | { readonly problem: string };

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
  return (source) =>
    source.pipe(
      map((value) => ({ value, verdict: judge(value) })),
      see(({ value, verdict }) => {
        if ('problem' in verdict) onReject(value, verdict.problem);
      }),
      mergeMap(({ verdict }) => ('problem' in verdict ? [] : [verdict.ok])),
    );
}
