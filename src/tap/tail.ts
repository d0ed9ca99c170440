import {
  EMPTY,
  NEVER,
  type Observable,
  type OperatorFunction,
  concat,
  defer,
  filter,
  identity,
  map,
  merge,
  of,
  take,
  takeUntil,
  timer,
} from 'rxjs';
import type { Tapped, View } from './view.ts';

export interface TailOptions {
  readonly view: View;
  /** Completes after so many were shown; null: never. */
  readonly count: number | null;
  /** Completes after this time, in ms; null: never. */
  readonly forMs: number | null;
  /** Completes with its first emission. */
  readonly until$: Observable<unknown>;
}

/** A text to show; `record` where it shows what was tapped, and is no frame around it. */
export interface Shown {
  readonly text: string;
  readonly record: boolean;
}

/**
 * What is tapped, as texts to show: the view's head at once, each entry, its foot at the end.
 *
 *     tapped         -a--b---c-----
 *     until$         -----------x--
 *     result (2)     ha--(bf|)            h: head, f: foot
 */
export function tail({ view, count, forMs, until$ }: TailOptions): OperatorFunction<Tapped, Shown> {
  return (source) =>
    defer(() => {
      const end$ = merge(until$, forMs === null ? NEVER : timer(forMs));
      const records$ = source.pipe(
        map(view.show),
        filter((text) => text !== undefined),
        map((text) => ({ text, record: true })),
        count === null ? identity : take(count),
        takeUntil(end$),
      );
      return concat(frame(view.head), records$, frame(view.foot));
    });
}

function frame(text: string | undefined): Observable<Shown> {
  return text === undefined ? EMPTY : of({ text, record: false });
}
