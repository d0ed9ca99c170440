import { UnavailableError } from '../../errors.ts';
import type { LogPlace } from '../../ports/logs.ts';
import { currentLogfiles } from './currentLogfiles.ts';
import type { LogFormat } from './logFormat.ts';
import { logFilename, logSuffix } from './logNames.ts';
import type { LogSettings } from './logSettings.ts';
import type { PgLogSettings } from './pgLogSettings.ts';
import { type RestOfLog, restOfLog } from './restOfLog.ts';
import { outputFile } from './serverOutput.ts';

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
  /** `syslog_ident` */
  readonly ident: string;
  /** Whether the files are read over SQL. */
  readonly remote: boolean;
  /** Over SQL: whether the role may ask which file is written now. */
  readonly tellsCurrent?: true;
  /** Where the server's collector puts what is no message; absent where that is in these files, or not known. */
  readonly rest?: RestOfLog;
}

/** What is known when it is decided which log is followed. */
export interface LogCircumstances {
  /** Null where the server could not be asked. */
  readonly asked: LogSettings | null;
  /** Whether the server runs on this host. */
  readonly local: boolean;
  /** Whether this process sees the directory that the server names. */
  readonly visible: boolean;
  /** Whether what the server names does not exist here. */
  readonly missing: boolean;
  /** Where the output of a server without a collector goes; null where nobody can tell. */
  readonly output: string | null;
  /** The format that was followed until now: it is kept as long as the server writes it. */
  readonly before?: LogFormat | undefined;
}

/** What a server that cannot be asked is taken to use: PostgreSQL's default. */
const defaultPrefix = '%m [%p] ';

/**
 * Decides which log is followed: what the configuration says, else what the server says: its files if it runs on this
 * host, over SQL if not, or if they cannot be seen here, and the role may.
 *
 * @throws UnavailableError with the remedy where there is nothing to follow.
 */
export function followedLog(settings: PgLogSettings, circumstances: LogCircumstances): FollowedLog {
  const { asked, before } = circumstances;
  const format = settings.format === 'auto' ? formatOf(asked, before) : settings.format;
  const remote = settings.directory === undefined && isRemote(settings, circumstances);
  const rest = restOfLog(format, asked);
  // Who names the files means these.
  const named = settings.directory !== undefined || settings.suffix !== undefined;
  const current = remote || named ? undefined : currentLogfiles(format, circumstances);
  return {
    place: {
      ...placeOf(settings, format, remote, circumstances),
      ...(current && { current }),
      startAt: settings.start_at,
    },
    format,
    prefix: settings.prefix ?? asked?.prefix ?? defaultPrefix,
    zone: asked?.zone ?? 'UTC',
    major: asked?.major ?? 18,
    encoding: settings.encoding ?? asked?.encoding ?? 'UTF8',
    ident: asked?.ident ?? 'postgres',
    remote,
    ...(remote && !named && asked?.tellsCurrent && { tellsCurrent: true }),
    ...(rest && { rest }),
  };
}

function placeOf(
  { directory, suffix }: PgLogSettings,
  format: LogFormat,
  remote: boolean,
  { asked, output, missing }: LogCircumstances,
): Pick<LogPlace, 'directory' | 'suffix' | 'filename'> {
  const ending = suffix ?? logSuffix(format, asked);
  if (directory !== undefined) return { directory, suffix: ending };
  if (!asked) {
    throw new UnavailableError(
      'the server cannot be asked where its log is: set [pg_log] directory to read it without',
    );
  }
  if (format === 'syslog') {
    throw new UnavailableError(
      'where syslog writes the log to is not known: set [pg_log] directory and suffix, e.g. "/var/log" and "postgresql.log"',
    );
  }
  if (!asked.collector) {
    if (remote)
      throw new UnavailableError(
        'the server writes no log files that SQL can read: set logging_collector = on',
      );
    return { suffix: ending, ...outputFile(output, asked) };
  }
  if (asked.directory === null) {
    throw new UnavailableError(
      'the role may not see where the log is: grant it pg_monitor, or set [pg_log] directory',
    );
  }
  if (missing && !remote) {
    throw new UnavailableError(
      `the log that the server writes to ${asked.directory} is not on this host (in a container, or behind a tunnel?): set [pg_log] directory to where its files are mounted, or create the function that \`check\` prints to read it over SQL`,
    );
  }
  const filename = suffix === undefined ? logFilename(format, asked) : undefined;
  return { directory: asked.directory, suffix: ending, ...(filename && { filename }) };
}

/** Whether the files are read over SQL. */
function isRemote({ access }: PgLogSettings, { asked, local, visible }: LogCircumstances): boolean {
  if (access === 'files' || !asked) return false;
  if (access === 'auto' && local && (visible || !asked.helper)) return false;
  if (asked.helper) return true;
  throw new UnavailableError(
    access === 'sql'
      ? 'the role may not read the log over SQL: `check` prints the function to create and what to grant'
      : 'the server does not run on this host, so that its log cannot be read: run a collector there, or create the function that `check` prints to read it over SQL, or set [pg_log] directory where the files are mounted here, or [pg_log] enabled = false',
  );
}

/** jsonlog and csvlog have all fields and need no prefix; several at once would double the entries. */
function formatOf(asked: LogSettings | null, before: LogFormat | undefined): LogFormat {
  const written = (format: LogFormat): boolean => asked?.destinations.includes(format) === true;
  if (!asked?.collector) return 'stderr'; // the server's collector alone writes the others
  // Another format that is written beside it would tell the newest messages again.
  if (before && written(before)) return before;
  const found = (['jsonlog', 'csvlog', 'stderr'] as const).find(written);
  if (found) return found;
  throw new UnavailableError(
    `log_destination = '${asked.destinations.join(',')}' cannot be read: add stderr, csvlog or (from PostgreSQL 15) jsonlog, or set [pg_log] format and directory`,
  );
}
