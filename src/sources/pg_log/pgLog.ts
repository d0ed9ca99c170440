import {
  Subject,
  auditTime,
  connect,
  defer,
  ignoreElements,
  map,
  merge,
  takeUntil,
  tap,
} from 'rxjs';
import { serverSource } from '../source.ts';
import { followedLogs } from './followedLogs.ts';
import { type LogSourceMark, logProgress } from './logProgress.ts';
import { newestLog } from './newestLog.ts';
import { pgLogMetric } from './pgLogMetric.ts';
import { pgLogStatsMetric } from './pgLogStatsMetric.ts';
import { pgLogSettings } from './pgLogSettings.ts';
import { restLog } from './restLog.ts';

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
 * that is reported and tried again. Beside csvlog and jsonlog what is no message is read from the file of the form stderr.
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
      const rest = restLog(context, progress);
      const reloaded$ = new Subject<void>();
      const mark$ = new Subject<LogSourceMark>();
      const durable$ = context.durable$.pipe(
        tap((mark) => {
          progress.durable(mark);
          rest.durable(mark);
        }),
        ignoreElements(),
        takeUntil(stop$),
      );
      const log$ = followedLogs(context, {
        before: () => progress.newest()?.format,
        reloaded$: reloaded$.pipe(auditTime(RELOAD_MS)),
      }).pipe(takeUntil(stop$));
      const entries$ = log$.pipe(
        connect((shared$) =>
          merge(
            rest.read(shared$, mark$.pipe(takeUntil(stop$))),
            newestLog(context, shared$, { progress, onReload: () => reloaded$.next() }).pipe(
              map((sample) => {
                if (sample.mark === undefined) return sample;
                const mark = sample.mark as LogSourceMark;
                mark$.next(mark);
                return { ...sample, mark: rest.joined(mark) };
              }),
            ),
          ),
        ),
      );
      return merge(durable$, entries$);
    }),
});
