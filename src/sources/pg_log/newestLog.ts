import { EMPTY, type Observable, concatMap, connect, defer, map, merge, tap } from 'rxjs';
import type { LogChunk, Logs } from '../../ports/logs.ts';
import type { Sample, ServerContext } from '../source.ts';
import type { FollowedLog } from './followedLog.ts';
import type { LogProgress } from './logProgress.ts';
import type { PgLogSettings } from './pgLogSettings.ts';
import { readLogs } from './readLogs.ts';

export interface NewestLogOptions {
  readonly progress: LogProgress;
  readonly onReload: () => void;
  /** What of a log is read. Default: all. */
  readonly only?: (log: FollowedLog) => LinesOfChunk;
}

/** Makes, for each reading, what leaves lines of its chunks out. */
export type LinesOfChunk = () => (chunk: LogChunk) => LogChunk;

/** Reads the newest of some logs: a change drains the one before, and goes on in the new one; null reads none. */
export function newestLog(
  context: ServerContext<PgLogSettings>,
  log$: Observable<FollowedLog | null>,
  { progress, onReload, only }: NewestLogOptions,
): Observable<Sample> {
  return log$.pipe(
    connect((next$) => {
      let newest: FollowedLog | null = null;
      let last: FollowedLog | undefined;
      return next$.pipe(
        tap((log) => (newest = log)),
        concatMap((log) => {
          // While the log before was drained, it may have changed once more.
          if (log === null || log !== newest) return EMPTY;
          const before = last;
          last = log;
          const until$ = merge(context.stop$, next$);
          const read = { log, before, progress, until$, onReload };
          return readLogs(only ? { ...context, logs: logsOf(context, only(log)) } : context, read);
        }),
      );
    }),
  );
}

/** The logs of a context, of whose chunks lines are left out. */
const logsOf =
  ({ logs }: Pick<ServerContext<PgLogSettings>, 'logs'>, only: LinesOfChunk): Logs =>
  (...read) =>
    defer(() => logs(...read).pipe(map(only())));
