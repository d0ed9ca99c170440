import {
  NEVER,
  type Observable,
  asyncScheduler,
  concat,
  concatMap,
  defer,
  map,
  of,
  repeat,
  takeWhile,
  throwError,
  timer,
} from 'rxjs';
import { ReplayError } from '../errors.ts';
import type { Json } from '../schema/json.ts';
import type { Recorded } from './recorded.ts';
import { reviveError } from './recordedError.ts';

/** What was recorded, handed out again. For one replay: it knows what it has given already. */
export interface Replies {
  /** The reply to the nth request of a stream is its nth record, as long after the request as then. */
  readonly next: (stream: string) => Observable<Json>;
  /** The reply to a request is the one to the newest recorded request of the stream until now; else the first one. */
  readonly inForce: (stream: string) => Observable<Json>;
  /** What came unasked, each at its time; who subscribes again goes on behind what was given. */
  readonly pushed: (stream: string) => Observable<Json>;
  /** The newest value of a stream until now. */
  readonly latest: (stream: string) => Json | undefined;
}

/**
 * Hands out records by stream. Where there is none (left), the reply is a `ReplayError` that names the stream and the
 * number of the request.
 */
export function replies(records: readonly Recorded[], startedAt: number): Replies {
  const streams = new Map<string, Recorded[]>();
  for (const record of records) {
    const known = streams.get(record.stream);
    if (known) known.push(record);
    else streams.set(record.stream, [record]);
  }
  // They were written as they ended: requests that overlap stand in the order in which they were made.
  for (const list of streams.values()) list.sort((a, b) => a.t - b.t);
  const given = new Map<string, number>();
  const now = (): number => asyncScheduler.now() - startedAt;
  const recordsOf = (stream: string): readonly Recorded[] => streams.get(stream) ?? [];
  const count = (stream: string): number => {
    const n = (given.get(stream) ?? 0) + 1;
    given.set(stream, n);
    return n;
  };
  const newest = (stream: string): Recorded | undefined => {
    const list = recordsOf(stream);
    let found = list[0];
    for (const record of list) {
      if (record.t > now()) break;
      found = record;
    }
    return found;
  };
  function out(stream: string, n: number): Observable<never> {
    const had = recordsOf(stream).length;
    return throwError(
      () =>
        new ReplayError(
          `the recording has no reply for ${stream}, request ${n}: it holds ${had === 0 ? 'none' : had}`,
        ),
    );
  }
  /** One timer at a time: a virtual scheduler sorts its whole queue at each. */
  function following(stream: string): Observable<Recorded> {
    return defer(() => {
      const index = given.get(stream) ?? 0;
      const record = recordsOf(stream)[index];
      if (record === undefined) return NEVER;
      return timer(Math.max(0, record.t - now())).pipe(
        map(() => {
          given.set(stream, index + 1);
          return record;
        }),
      );
    }).pipe(repeat());
  }
  const handedOut: Replies = {
    next: (stream) =>
      defer(() => {
        const n = count(stream);
        const record = recordsOf(stream)[n - 1];
        return record ? late(record) : out(stream, n);
      }),
    inForce: (stream) =>
      defer(() => {
        const n = count(stream);
        const record = newest(stream);
        return record ? late(record) : out(stream, n);
      }),
    pushed: (stream) =>
      following(stream).pipe(
        takeWhile(({ kind }) => kind !== 'C'),
        concatMap(answer),
      ),
    latest: (stream) => {
      const record = newest(stream);
      return record && record.t <= now() ? record.value : undefined;
    },
  };
  return handedOut;
}

function late(record: Recorded): Observable<Json> {
  return timer(record.tookMs ?? 0).pipe(
    map(() => record),
    concatMap(answer),
  );
}

function answer({ kind, value, error }: Recorded): Observable<Json> {
  if (error) return throwError(() => reviveError(error));
  if (kind === 'U') return value === undefined ? NEVER : concat(of(value), NEVER);
  return of(value ?? null);
}
