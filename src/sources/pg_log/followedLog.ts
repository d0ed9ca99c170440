import { UnavailableError } from '../../errors.ts';
import type { LogPlace } from '../../ports.ts';
import type { LogSettings } from './logSettings.ts';
import type { PgLogSettings } from './pgLogSettings.ts';

/** How the messages are written. */
export type LogFormat = 'stderr' | 'csvlog' | 'jsonlog';

/** Which files are read, and how. */
export interface FollowedLog {
  readonly place: LogPlace;
  readonly format: LogFormat;
  /** `log_line_prefix` */
  readonly prefix: string;
  /** `log_timezone` */
  readonly zone: string;
  /** Major version of the server. */
  readonly major: number;
  /** `server_encoding`: of texts that are not UTF-8. */
  readonly encoding: string;
}

/** What a server that cannot be asked is taken to use: PostgreSQL's default. */
const defaultPrefix = '%m [%p] ';

/**
 * Decides which log is followed: what the configuration says, else what the server says, if it runs on this host.
 *
 * @param asked - Null where the server could not be asked.
 * @param local - Whether the server runs on this host.
 * @throws UnavailableError with the remedy where there is nothing to follow.
 */
export function followedLog(
  settings: PgLogSettings,
  asked: LogSettings | null,
  local: boolean,
): FollowedLog {
  const directory = settings.directory ?? serverDirectory(asked, local);
  const format = settings.format === 'auto' ? formatOf(asked) : settings.format;
  const suffix = settings.suffix ?? suffixOf(asked, format);
  return {
    place: { directory, suffix, startAt: settings.start_at },
    format,
    prefix: settings.prefix ?? asked?.prefix ?? defaultPrefix,
    zone: asked?.zone ?? 'UTC',
    major: asked?.major ?? 18,
    encoding: settings.encoding ?? asked?.encoding ?? 'UTF8',
  };
}

function serverDirectory(asked: LogSettings | null, local: boolean): string {
  if (!asked) {
    throw new UnavailableError(
      'the server cannot be asked where its log is: set [pg_log] directory to read it without',
    );
  }
  if (!local) {
    throw new UnavailableError(
      'the server does not run on this host, so that its log cannot be read: run a collector there, or set [pg_log] directory where the files are mounted here, or [pg_log] enabled = false',
    );
  }
  if (!asked.collector) {
    throw new UnavailableError(
      'the server does not write log files itself (logging_collector is off): set [pg_log] directory to where its output goes',
    );
  }
  if (asked.directory === null) {
    throw new UnavailableError(
      'the role may not see where the log is: grant it pg_monitor, or set [pg_log] directory',
    );
  }
  return asked.directory;
}

/** jsonlog and csvlog have all fields and need no prefix; several at once would double the entries. */
function formatOf(asked: LogSettings | null): LogFormat {
  const written = (format: LogFormat): boolean => asked?.destinations.includes(format) === true;
  if (!asked?.collector) return 'stderr'; // the server's collector alone writes the others
  const found = (['jsonlog', 'csvlog', 'stderr'] as const).find(written);
  if (found) return found;
  throw new UnavailableError(
    `log_destination = '${asked.destinations.join(',')}' cannot be read: add stderr, csvlog or (from PostgreSQL 15) jsonlog, or set [pg_log] format`,
  );
}

/** The collector replaces `.log` at the end of log_filename by `.csv` or `.json`, or appends it (syslogger.c). */
function suffixOf(asked: LogSettings | null, format: LogFormat): string {
  if (format !== 'stderr') return format === 'jsonlog' ? '.json' : '.csv';
  const filename = asked?.collector ? asked.filename : '';
  if (filename === '') return '.log';
  const ending = /\.[^.%]*$/.exec(filename)?.[0];
  return ending ?? '';
}
