import { type Observable, catchError, map, of, switchMap } from 'rxjs';
import { messageOf } from '../../errors.ts';
import type { Host } from '../../ports/host.ts';
import { logHelperSql } from '../../postgres/logs/logHelper.ts';
import { type FollowedLog, followedLog } from '../../sources/pg_log/followedLog.ts';
import { logCircumstances } from '../../sources/pg_log/logCircumstances.ts';
import type { PgLogSettings } from '../../sources/pg_log/pgLogSettings.ts';
import type { MonitoredServer } from '../../sources/source.ts';
import { type Finding, findingsAbout, sqlName } from './finding.ts';

export interface LogFindingsOptions {
  readonly host: Pick<Host, 'platform' | 'device' | 'link'>;
  readonly settings: PgLogSettings;
  /** The role that reads the server, and the database that it does so in. */
  readonly role: string;
  readonly database: string;
}

/** Which log of a server is read and how, or what is to be granted so that it can be. Never errors. */
export function logFindings(
  server: MonitoredServer,
  { host, settings, role, database }: LogFindingsOptions,
): Observable<readonly Finding[]> {
  const { ok, warning } = findingsAbout(`postgres ${server.name}`);
  if (!settings.enabled) return of([]);
  const overSql = `-- as a superuser, in database ${sqlName(database)}, to read the log over SQL:\n${logHelperSql(sqlName(role))}`;
  return logCircumstances(server, host).pipe(
    map((circumstances) => {
      const { asked, local, visible } = circumstances;
      const log = followedOr(settings, circumstances);
      const sqlHelps = asked.collector && !asked.helper && asked.directory !== null;
      if (log instanceof Error) {
        return { found: warning(log.message, sqlHelps ? overSql : undefined) };
      }
      if (local && !visible && !log.remote && settings.directory === undefined) {
        const message = `the log directory ${log.place.directory} is not to be seen here: no messages of the log`;
        return { found: warning(message, overSql) };
      }
      return { found: ok(`log: ${described(log)}`), log };
    }),
    switchMap(({ found, log }) =>
      log === undefined || log.remote
        ? of([found])
        : host.device(log.place.directory).pipe(
            map(() => [found]),
            catchError((error: unknown) => of([warning(`log: ${messageOf(error)}`)])),
          ),
    ),
    catchError((error: unknown) => of([warning(`log: ${messageOf(error)}`)])),
  );
}

function followedOr(
  settings: PgLogSettings,
  circumstances: Parameters<typeof followedLog>[1],
): FollowedLog | Error {
  try {
    return followedLog(settings, circumstances);
  } catch (error) {
    return error instanceof Error ? error : new Error(messageOf(error));
  }
}

const described = ({ place, format, remote }: FollowedLog): string =>
  `${format} in ${place.directory}/${place.filename ?? `*${place.suffix}`}${remote ? ', read over SQL' : ''}`;
