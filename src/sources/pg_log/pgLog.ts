import {
  EMPTY,
  type Observable,
  combineLatest,
  concat,
  concatMap,
  connect,
  defer,
  from,
  ignoreElements,
  interval,
  map,
  merge,
  takeUntil,
  tap,
  withLatestFrom,
} from 'rxjs';
import { UnavailableError } from '../../errors.ts';
import { keepAlive } from '../../operators/keepAlive.ts';
import { compilePrefix } from '../../postgres/logs/prefix.ts';
import { type Sample, type ServerContext, serverSource } from '../source.ts';
import type { FollowedLog } from './followedLog.ts';
import { followedLogs } from './followedLogs.ts';
import type { BatchRules } from './logBatch.ts';
import { type LogProgress, logProgress } from './logProgress.ts';
import { logReading, lookMs } from './logReading.ts';
import { pgLogMetric } from './pgLogMetric.ts';
import { pgLogStatsMetric } from './pgLogStatsMetric.ts';
import { type PgLogSettings, pgLogSettings } from './pgLogSettings.ts';

/**
 * Type `pg_log`: the messages of the server's log, each once, in order; and `pg_log_stats`: how many of each kind.
 *
 *     chunks    --c--c-------------c-----      lines of the log files
 *     interval    -----------|     ------|
 *     result    --------------m-----------m    counts of all messages, then the entries to send
 *
 * Each metric's mark is the position of the oldest entry that is in none yet: after a restart the reading begins there,
 * so that no entry is lost or doubled. A change of the place or form of the files finishes the old log and begins the
 * new one; other settings count from the next entry on. Where the files cannot be read, that is reported and tried
 * again.
 */
export const pgLog = serverSource({
  type: 'pg_log',
  scope: 'server',
  settings: pgLogSettings,
  follows: true,
  metrics: [pgLogMetric, pgLogStatsMetric],
  read: (context) =>
    defer(() => {
      const progress = logProgress();
      const durable$ = context.durable$.pipe(
        tap(progress.durable),
        ignoreElements(),
        takeUntil(context.stop$),
      );
      const log$ = followedLogs(context).pipe(takeUntil(context.stop$));
      const entries$ = log$.pipe(
        connect((next$) =>
          next$.pipe(
            concatMap((log) =>
              log === null ? EMPTY : follow(context, log, progress, merge(context.stop$, next$)),
            ),
          ),
        ),
      );
      return merge(durable$, entries$);
    }),
});

/** Reads one log until `until$`, then emits what is left of it. */
function follow(
  { server, logs, settings$, privacy$, trouble }: ServerContext<PgLogSettings>,
  log: FollowedLog,
  progress: LogProgress,
  until$: Observable<unknown>,
): Observable<Sample> {
  return defer(() => {
    const begin = () => logReading(server.name, log, progress);
    let reading = begin();
    let rules: BatchRules | undefined;
    if (log.format === 'stderr') {
      const prefix = compilePrefix(log.prefix, log.major);
      if (!prefix.decodable) trouble(new UnavailableError(prefix.problem));
    }
    const chunk$ = defer(() => {
      // After a failure the files are read again from the newest mark on; what was read behind it would be doubled.
      reading = begin();
      return logs(log.place, progress.marks(log.place));
    }).pipe(keepAlive({ stop$: until$, initialMs: 1000, maxMs: 60_000, onError: trouble }));
    const look$ = interval(lookMs).pipe(
      map(() => null),
      takeUntil(until$),
    );
    const rules$ = combineLatest([settings$, privacy$]).pipe(
      map(([settings, { redact }]) => ({ settings, redact })),
    );
    return concat(
      merge(chunk$, look$).pipe(
        withLatestFrom(rules$),
        concatMap(([chunk, newest]) => {
          rules = newest;
          return reading.step(chunk, newest);
        }),
      ),
      defer(() => from(rules ? reading.flush(rules) : [])),
    );
  });
}
