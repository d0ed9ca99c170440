import {
  EMPTY,
  type Observable,
  ReplaySubject,
  catchError,
  combineLatest,
  concat,
  concatMap,
  defer,
  finalize,
  from,
  interval,
  map,
  merge,
  of,
  shareReplay,
  take,
  takeUntil,
  withLatestFrom,
} from 'rxjs';
import { FileError, UnavailableError } from '../../errors.ts';
import { beside } from '../../operators/beside.ts';
import { keepAlive } from '../../operators/keepAlive.ts';
import type { LogGap } from '../../ports/logs.ts';
import { compilePrefix } from '../../postgres/logs/prefix/prefix.ts';
import type { Sample, ServerContext } from '../source.ts';
import type { FollowedLog } from './followedLog.ts';
import type { BatchRules } from './logBatch.ts';
import { type LogProgress, isIn } from './logProgress.ts';
import { type LogReadingOptions, logReading, lookMs } from './logReading.ts';
import type { PgLogSettings } from './pgLogSettings.ts';
import { remoteLogs } from './remoteLogs.ts';
import { writtenSince } from './writtenSince.ts';

export interface ReadLogsOptions {
  readonly log: FollowedLog;
  /** The log that was read before, as far as is known. */
  readonly before: FollowedLog | undefined;
  readonly progress: LogProgress;
  /** Ends the reading: what is left of it is emitted. */
  readonly until$: Observable<unknown>;
  readonly onReload: () => void;
}

type Context = ServerContext<PgLogSettings>;

/**
 * Reads a log until `until$`, then emits what is left of it. Where the newest mark is in another log, that one is drained
 * first, and this one is read from what was written later.
 */
export function readLogs(context: Context, options: ReadLogsOptions): Observable<Sample> {
  const { log, before, progress } = options;
  return defer(() => {
    const mark = progress.newest();
    if (!mark || isIn(log.place, mark)) return readLog(context, options);
    const { directory, suffix, format, fileId } = mark;
    const place = { directory, suffix, startAt: 'end' as const };
    const old: FollowedLog =
      before && isIn(before.place, mark)
        ? before
        : { ...log, place, format, remote: fileId.startsWith('sql-') };
    // It may emit while the old log is drained.
    const until$ = options.until$.pipe(take(1), shareReplay({ bufferSize: 1, refCount: true }));
    return concat(
      readLog(context, { ...options, until$, log: old }, { drain: true }),
      defer(() => {
        const newest = progress.newest() ?? mark;
        // Two formats in one directory tell the same messages.
        const same = directory === log.place.directory;
        const after = same ? (newest.time ?? undefined) : undefined;
        const startAt = same ? writtenSince(newest, log.zone) : newest.modifiedMs;
        const place = { ...log.place, startAt };
        return readLog(context, { ...options, until$, log: { ...log, place } }, { after });
      }),
    ).pipe(beside(until$));
  });
}

/** Reads one log. `drain`: only what stands there. */
function readLog(
  { server, logs, settings$, privacy$, stop$, trouble, random }: Context,
  { log, progress, until$, onReload }: ReadLogsOptions,
  { drain = false, after }: { readonly drain?: boolean } & Pick<LogReadingOptions, 'after'> = {},
): Observable<Sample> {
  return defer(() => {
    const begin = () => logReading(server.name, log, progress, { after, onReload });
    let reading = begin();
    let rules: BatchRules | undefined;
    if (log.format === 'stderr' || log.format === 'syslog') {
      const prefix = compilePrefix(log.prefix, log.major);
      if (!prefix.decodable) trouble(new UnavailableError(prefix.problem));
    }
    const read$ = defer(() => {
      // After a failure the files are read again from the newest mark on; what was read behind it would be doubled.
      reading = begin();
      return logs(log.place, progress.marks(log.place), {
        ...(drain && { finish$: of(undefined) }),
        ...(log.remote && { remote: remoteLogs(server, log.tellsCurrent && log.format) }),
      });
    });
    const drained$ = new ReplaySubject<void>(1);
    const chunk$ = drain
      ? read$.pipe(
          catchError((error: unknown) => {
            trouble(error);
            return EMPTY;
          }),
          takeUntil(stop$),
          finalize(() => drained$.next()),
        )
      : read$.pipe(
          keepAlive({ stop$: until$, initialMs: 1000, maxMs: 60_000, onError: trouble, random }),
        );
    const look$ = interval(lookMs).pipe(
      map(() => null),
      takeUntil(drain ? drained$ : until$),
    );
    const rules$ = combineLatest([settings$, privacy$]).pipe(
      map(([settings, { redact }]) => ({ settings, redact })),
    );
    return concat(
      merge(chunk$, look$).pipe(
        withLatestFrom(rules$),
        concatMap(([chunk, newest]) => {
          rules = newest;
          if (chunk?.gap) trouble(lost(chunk.gap));
          return reading.step(chunk, newest);
        }),
      ),
      defer(() => from(rules ? reading.flush(rules) : [])),
    );
  });
}

/** What the agent's own log says of a gap. */
const lost = ({ file, reason, bytes }: LogGap): FileError =>
  new FileError(
    reason === 'removed'
      ? `log_gap: ${file} was removed before it was read: ${bytes === null ? 'nobody knows how much' : `${bytes} bytes`} of the log are lost`
      : `log_gap: ${file} was emptied while it was written: ${bytes === null ? 'nobody knows how much' : `at least ${bytes} bytes`} of the log are lost`,
  );
