import {
  EMPTY,
  Subject,
  auditTime,
  concatMap,
  connect,
  defer,
  ignoreElements,
  merge,
  takeUntil,
  tap,
} from 'rxjs';
import { serverSource } from '../source.ts';
import { type FollowedLog } from './followedLog.ts';
import { followedLogs } from './followedLogs.ts';
import { logProgress } from './logProgress.ts';
import { pgLogMetric } from './pgLogMetric.ts';
import { pgLogStatsMetric } from './pgLogStatsMetric.ts';
import { pgLogSettings } from './pgLogSettings.ts';
import { readLogs } from './readLogs.ts';

/** How long after a reload the server is asked: its processes take the configuration up one by one. */
const RELOAD_MS = 1000;

/**
 * Type `pg_log`: the messages of the server's log, each once, in order; and `pg_log_stats`: how many of each kind.
 *
 *     chunks    --c--c-------------c-----      lines of the log files
 *     interval    -----------|     ------|
 *     result    --------------m-----------m    counts of all messages, then the entries to send
 *
 * Each metric's mark is the position of the oldest entry that is in none yet: after a restart the reading begins there,
 * so that no entry is lost or doubled. A change of the place or form of the files drains the old log and goes on with
 * what was written later in the new one; other settings count from the next entry on. Where the files cannot be read,
 * that is reported and tried again.
 */
export const pgLog = serverSource({
  type: 'pg_log',
  scope: 'server',
  settings: pgLogSettings,
  follows: true,
  metrics: [pgLogMetric, pgLogStatsMetric],
  read: (context) =>
    defer(() => {
      const { stop$ } = context;
      const progress = logProgress();
      const reloaded$ = new Subject<void>();
      const durable$ = context.durable$.pipe(
        tap(progress.durable),
        ignoreElements(),
        takeUntil(stop$),
      );
      const log$ = followedLogs(context, {
        before: () => progress.newest()?.format,
        reloaded$: reloaded$.pipe(auditTime(RELOAD_MS)),
      }).pipe(takeUntil(stop$));
      const entries$ = log$.pipe(
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
              return readLogs(context, {
                log,
                before,
                progress,
                until$: merge(stop$, next$),
                onReload: () => reloaded$.next(),
              });
            }),
          );
        }),
      );
      return merge(durable$, entries$);
    }),
});
