import { type Observable, map, toArray } from 'rxjs';
import type { Server } from '../../ports/server.ts';
import { logHelper } from '../../postgres/logs/logHelper.ts';

/** How a server writes its log. */
export interface LogSettings {
  /** `logging_collector`: whether the server writes files itself. */
  readonly collector: boolean;
  /** `log_destination`, e.g. `['stderr', 'jsonlog']`. */
  readonly destinations: readonly string[];
  /** `log_directory`, absolute; null where the role may not see it. */
  readonly directory: string | null;
  /** `log_filename`, e.g. `postgresql-%Y-%m-%d_%H%M%S.log`. */
  readonly filename: string;
  /** `log_line_prefix` */
  readonly prefix: string;
  /** `log_timezone` */
  readonly zone: string;
  /** Major version, e.g. 18. */
  readonly major: number;
  /** `server_encoding` of the database that was asked, e.g. `UTF8`. */
  readonly encoding: string;
  /** `data_directory`; null where the role may not see it. */
  readonly dataDirectory: string | null;
  /** `cluster_name`; on Debian `<major>/<name>`. */
  readonly cluster: string;
  /** `syslog_ident`: the program's name in the lines of syslog. */
  readonly ident: string;
  /** Whether the role may read the files over SQL; see `logHelper`. */
  readonly helper: boolean;
  /** Whether the role may ask which file is written now: members of pg_monitor from PostgreSQL 17 on. */
  readonly tellsCurrent: boolean;
  /** Whether the role may list the files of the log directory. */
  readonly lists: boolean;
  /** Process of the session that was asked; it has the server's output. Null where it is not told. */
  readonly pid: number | null;
}

const names = [
  'logging_collector',
  'log_destination',
  'log_directory',
  'data_directory',
  'log_filename',
  'log_line_prefix',
  'log_timezone',
  'cluster_name',
  'syslog_ident',
  'server_encoding',
  'server_version_num',
];

const sql = `SELECT name, setting FROM pg_settings WHERE name = ANY($1::text[])
  UNION ALL SELECT 'pid', pg_backend_pid()::text
  UNION ALL SELECT 'tells', has_function_privilege('pg_current_logfile(text)', 'EXECUTE')::text
  UNION ALL SELECT 'lists', has_function_privilege('pg_ls_logdir()', 'EXECUTE')::text
  UNION ALL SELECT 'helper', (${logHelper.allowed})::text`;

/** Asks the server how it writes its log (`pg_settings`). Directories are visible to members of pg_monitor. */
export function logSettings(server: Server): Observable<LogSettings> {
  return server
    .query({ name: 'pg_log/settings', sql, values: [names], lane: 'slow', timeoutMs: 5000 })
    .pipe(
      toArray(),
      map((chunks) => {
        const found = new Map(chunks.flat().map(([name, setting]) => [name, setting]));
        const setting = (name: string): string => found.get(name) ?? '';
        const directory = setting('log_directory');
        const data = setting('data_directory');
        const absolute = directory.startsWith('/') ? directory : data && `${data}/${directory}`;
        return {
          collector: setting('logging_collector') === 'on',
          destinations: setting('log_destination')
            .split(',')
            .map((word) => word.trim().toLowerCase()),
          directory: directory && absolute ? absolute : null,
          filename: setting('log_filename'),
          prefix: setting('log_line_prefix'),
          zone: setting('log_timezone') || 'UTC',
          encoding: setting('server_encoding') || 'UTF8',
          major: Math.floor(Number(setting('server_version_num')) / 10_000) || 18,
          dataDirectory: data || null,
          cluster: setting('cluster_name'),
          ident: setting('syslog_ident') || 'postgres',
          helper: setting('helper') === 'true',
          tellsCurrent: setting('tells') === 'true',
          lists: setting('lists') === 'true',
          pid: Number(setting('pid')) || null,
        };
      }),
    );
}
