import {
  type Observable,
  combineLatest,
  defer,
  distinctUntilChanged,
  filter,
  map,
  startWith,
} from 'rxjs';
import { compilePrefix } from '../../postgres/logs/prefix/prefix.ts';
import type { Json } from '../../schema/json.ts';
import type { Sample, ServerContext } from '../source.ts';
import type { FollowedLog } from './followedLog.ts';
import { linesOfNoMessage } from './linesOfNoMessage.ts';
import { type LogProgress, type LogSourceMark, logProgress } from './logProgress.ts';
import { newestLog } from './newestLog.ts';
import type { PgLogSettings } from './pgLogSettings.ts';

/** The reading of what stands beside the messages: one position more in each mark of the log. */
export interface RestLog {
  readonly durable: (mark: Json | undefined) => void;
  /** The mark of the messages, with where this reading stands. */
  readonly joined: (mark: LogSourceMark) => LogSourceMark;
  /** @param mark$ - The marks of the messages. */
  read(log$: Observable<FollowedLog | null>, mark$: Observable<LogSourceMark>): Observable<Sample>;
}

/**
 * Follows what the server's collector writes beside the messages while these are read as csvlog or jsonlog; see
 * `restOfLog`. It begins when the messages are read in that form: behind what was read of the same files as stderr before.
 *
 * A position alone makes no metric: it goes with the next one of the messages.
 */
export function restLog(context: ServerContext<PgLogSettings>, messages: LogProgress): RestLog {
  const progress = logProgress();
  // These lines have no time that would tell which of them were read.
  const timeless = {
    ...progress,
    newest: () => {
      const mark = progress.newest();
      return mark && { ...mark, time: null };
    },
  };
  const rest: RestLog = {
    durable: (stored) => {
      const mark = stored as LogSourceMark | undefined;
      progress.durable(mark?.format === 'stderr' ? mark : mark?.rest);
    },
    joined: (mark) => {
      const read = progress.newest();
      if (mark.format === 'stderr') progress.emitted(mark, 0);
      return mark.format === 'stderr' || !read ? mark : { ...mark, rest: read };
    },
    read: (log$, mark$) =>
      newestLog(
        context,
        defer(() => filesOf(log$, mark$.pipe(startWith(messages.newest())))),
        {
          progress: timeless,
          onReload: () => undefined,
          only: (log) => () =>
            log.rest?.mixed ? linesOfNoMessage(log, log.rest) : (chunk) => chunk,
        },
      ).pipe(
        filter((sample) => !isPositionAlone(sample)),
        map((sample) =>
          sample.mark === undefined
            ? sample
            : { ...sample, mark: { ...messages.newest(), rest: sample.mark } },
        ),
      ),
  };
  return rest;
}

/** The files to read; null as long as the messages are not read from beside them. */
function filesOf(
  log$: Observable<FollowedLog | null>,
  mark$: Observable<LogSourceMark | undefined>,
): Observable<FollowedLog | null> {
  return combineLatest([log$, mark$]).pipe(
    map(([log, mark]): FollowedLog | null => {
      const { format, place, rest } = log ?? {};
      if (!log || !rest || !place || mark?.format !== format) return null;
      if (mark?.directory !== place.directory) return null;
      const { directory, startAt, current } = place;
      const { filename, suffix } = rest;
      // Nobody needs a prefix that cannot be decoded: where it matters, it is asked for otherwise.
      const prefix = compilePrefix(log.prefix, log.major).decodable ? log.prefix : '';
      return {
        ...{ ...log, format: 'stderr', prefix },
        place: {
          ...{ directory, filename, suffix, startAt },
          ...(current && { current: { ...current, format: 'stderr' } }),
        },
      };
    }),
    distinctUntilChanged((a, b) => JSON.stringify(a) === JSON.stringify(b)),
  );
}

const isPositionAlone = ({ metric, mark }: Sample): boolean =>
  mark !== undefined &&
  metric['gaps'] === undefined &&
  metric['filtered'] === 0 &&
  (metric['entries'] as readonly unknown[]).length === 0;
