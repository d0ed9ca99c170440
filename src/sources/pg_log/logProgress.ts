import {
  type Observable,
  Subject,
  concat,
  defer,
  distinctUntilChanged,
  filter,
  map,
  of,
} from 'rxjs';
import type { LogMark, LogPlace } from '../../ports/logs.ts';
import type { Json } from '../../schema/json.ts';
import type { LogFormat } from './logFormat.ts';

/** The mark of `pg_log`: where the following stands, and in which log. */
export type LogSourceMark = Omit<LogMark, 'anchor'> & {
  readonly directory: string;
  readonly suffix: string;
  readonly format: LogFormat;
  readonly anchor: { readonly offset: number; readonly print: string } | null;
  /** Of the last line that was read, as it is written there; null where it tells none. */
  readonly time: string | null;
  /** Where the reading of `restLog` stands; absent where there is none. */
  readonly rest?: LogSourceMark;
  readonly [field: string]: Json;
};

/** Where the source stands: what was emitted, and what of it is durable. */
export interface LogProgress {
  readonly emitted: (mark: LogSourceMark, bytes: number) => void;
  readonly durable: (mark: Json | undefined) => void;
  /** For the port: where to resume in this log, then each mark up to which nothing needs to be held back. */
  marks(place: LogPlace): Observable<LogMark | undefined>;
  /** The newest mark in this log. */
  readonly last: (place: LogPlace) => LogSourceMark | undefined;
  /** The newest mark, whichever log it is in. */
  readonly newest: () => LogSourceMark | undefined;
}

/**
 * Keeps the books between the reading of a log and the spool. Reading may go on while less than `maxOutstandingBytes`
 * of metrics wait to become durable: what is counted but not sent costs nothing and holds nothing back, so that a flood
 * of messages below the least level is passed over at full speed.
 */
export function logProgress(maxOutstandingBytes = 2_097_152): LogProgress {
  const outstanding: { mark: LogSourceMark; bytes: number }[] = [];
  const moved$ = new Subject<void>();
  let bytes = 0;
  let newest: LogSourceMark | undefined;
  const last = (place: LogPlace): LogSourceMark | undefined =>
    newest && isIn(place, newest) ? newest : undefined;
  const progress: LogProgress = {
    emitted: (mark, size) => {
      outstanding.push({ mark, bytes: size });
      bytes += size;
      newest = mark;
      moved$.next();
    },
    durable: (mark) => {
      const stored = mark as LogSourceMark | undefined;
      if (!stored) return;
      newest ??= stored;
      const index = outstanding.findLastIndex(
        (one) => one.mark.fileId === stored.fileId && one.mark.offset === stored.offset,
      );
      for (const one of outstanding.splice(0, index + 1)) bytes -= one.bytes;
      moved$.next();
    },
    marks,
    last,
    newest: () => newest,
  };
  return progress;
  function marks(place: LogPlace): Observable<LogMark | undefined> {
    return concat(
      defer(() => of(last(place))),
      moved$.pipe(
        filter(() => bytes < maxOutstandingBytes),
        map(() => last(place)),
        distinctUntilChanged(),
      ),
    );
  }
}

/** Whether a mark is in a log: the same directory, files of the same ending. */
export const isIn = (place: LogPlace, mark: LogSourceMark): boolean =>
  mark.directory === place.directory && mark.suffix === place.suffix;
