import {
  NEVER,
  type Observable,
  catchError,
  concat,
  concatMap,
  endWith,
  forkJoin,
  from,
  map,
  of,
  switchMap,
  take,
  takeWhile,
} from 'rxjs';
import { UnreachableError, messageOf } from '../../errors.ts';
import type { Ports } from '../../ports.ts';
import type { Row } from '../../ports/server.ts';
import type { ServerSettings } from '../../schema/config.ts';
import type { PgLogSettings } from '../../sources/pg_log/pgLogSettings.ts';
import type { MonitoredServer } from '../../sources/source.ts';
import { monitored } from '../../streams/collect/servers.ts';
import type { OtherClocks } from '../../streams/agent/otherClocks.ts';
import type { CheckedServer } from './checkedServer.ts';
import { clockFindings } from './clockFindings.ts';
import { type Finding, findingsAbout, sqlName } from './finding.ts';
import { grantFindings } from './grantFindings.ts';
import { logFindings } from './logFindings.ts';
import { settingFindings } from './settingFindings.ts';
import { statementFindings } from './statementFindings.ts';
import { unreachableRemedy } from './unreachableRemedy.ts';

/** What the facts do not hold; one row. */
const roleSql = `SELECT
  (SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user),
  EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_stat_statements'),
  EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_stat_statements'),
  EXISTS (SELECT FROM pg_settings WHERE name = 'pg_stat_statements.max'),
  (SELECT setting FROM pg_settings WHERE name = 'shared_preload_libraries')`;

/**
 * Everything that is to be said of one server: connection, role, settings, extension, log. Never errors.
 *
 * @param log - `[pg_log]`; undefined says nothing of it.
 * @param clocks - is told of its clock.
 */
export function serverFindings(
  settings: ServerSettings,
  { postgres, host }: Pick<Ports, 'postgres' | 'host'>,
  log: PgLogSettings | undefined,
  clocks: OtherClocks,
): Observable<Finding> {
  const { name } = settings;
  const { problem } = findingsAbout(`postgres ${name}`);
  const settings$ = concat(of(settings), NEVER);
  return postgres(settings$).pipe(
    // The server's connections live as long as this is subscribed: null says that all is asked.
    switchMap((server) =>
      checked(monitored(name, server, settings$), { settings, host, log, clocks }).pipe(
        endWith(null),
      ),
    ),
    takeWhile((server) => server !== null),
    concatMap((server) => from(judge(server))),
    catchError((error: unknown) =>
      of(
        error instanceof UnreachableError
          ? problem(`cannot connect: ${error.message}`, unreachableRemedy(error.reason, settings))
          : problem(messageOf(error)),
      ),
    ),
  );
}

interface Asked {
  readonly settings: ServerSettings;
  readonly host: Ports['host'];
  readonly log: PgLogSettings | undefined;
  readonly clocks: OtherClocks;
}

function checked(
  server: MonitoredServer,
  { settings, host, log, clocks }: Asked,
): Observable<CheckedServer> {
  const role$ = server.query({ name: 'check/role', sql: roleSql, lane: 'slow', timeoutMs: 5_000 });
  return server.facts().pipe(
    take(1),
    concatMap((facts) =>
      role$.pipe(
        take(1),
        concatMap(([row]) => {
          const { database } = facts;
          const known = { settings, facts, pooler: server.connection().pooler, ...told(row) };
          const log$ = log
            ? logFindings(server, { host, settings: log, role: facts.role.name, database })
            : of([]);
          const grants$ = grantFindings(server, facts.role.name);
          const clock$ = clockFindings(server, clocks);
          return forkJoin({ log: log$, grants: grants$, clock: clock$ }).pipe(
            map((findings) => ({ ...known, ...findings })),
          );
        }),
      ),
    ),
  );
}

function told([limit = null, available, created, preloaded, libraries = null]: Row = []): Pick<
  CheckedServer,
  'connectionLimit' | 'statements'
> {
  return {
    connectionLimit: limit === null ? null : Number(limit),
    statements: {
      available: available === 't',
      created: created === 't',
      preloaded: preloaded === 't',
      libraries:
        libraries
          ?.split(',')
          .map((each) => each.trim())
          .filter((each) => each !== '') ?? null,
    },
  };
}

/** The findings of a server that answered. */
export function judge(server: CheckedServer): readonly Finding[] {
  const { settings, facts, pooler } = server;
  const { ok, warning } = findingsAbout(`postgres ${settings.name}`);
  const direct = pooler
    ? [
        warning(
          'a pooler stands in the path, which keeps a connection to each database that is read; set host and port to the server itself',
        ),
      ]
    : [];
  return [
    ok(`PostgreSQL ${facts.version}${facts.inRecovery ? ' (standby)' : ''} answers`),
    ...direct,
    ...server.clock,
    ...roleFindings(server),
    ...statementFindings(server),
    ...server.grants,
    ...settingFindings(server),
    ...server.log,
  ];
}

function roleFindings({ settings, facts, connectionLimit }: CheckedServer): readonly Finding[] {
  const { ok, warning, problem } = findingsAbout(`postgres ${settings.name}`);
  const { name, superuser, monitor } = facts.role;
  const role = sqlName(name);
  const findings: Finding[] = [];
  if (superuser) {
    findings.push(
      warning(
        `role ${role} is a superuser; the collector needs pg_monitor only`,
        `CREATE ROLE pganalytics LOGIN CONNECTION LIMIT 4 IN ROLE pg_monitor;\n\\password pganalytics`,
      ),
    );
  } else if (!monitor) {
    findings.push(
      problem(`role ${role} sees only its own statistics`, `GRANT pg_monitor TO ${role};`),
    );
  } else findings.push(ok(`role ${role} has pg_monitor and is no superuser`));
  if (!superuser && connectionLimit === -1) {
    findings.push(
      warning(
        `role ${role} has no connection limit; the collector needs 3, and 1 to cancel`,
        `ALTER ROLE ${role} CONNECTION LIMIT 4;`,
      ),
    );
  } else if (!superuser && connectionLimit !== null && connectionLimit < 4) {
    findings.push(
      warning(
        `role ${role} may open ${connectionLimit} connections; the collector needs up to 4`,
        `ALTER ROLE ${role} CONNECTION LIMIT 4;`,
      ),
    );
  }
  if (!facts.has('pg_postmaster_start_time()')) {
    findings.push(
      warning(
        `role ${role} may not ask when the server started: what is made of that time is null`,
        `GRANT EXECUTE ON FUNCTION pg_catalog.pg_postmaster_start_time() TO ${role};`,
      ),
    );
  }
  if (!facts.has('pg_stat_get_activity()')) {
    findings.push(
      warning(
        `role ${role} may not see sessions: no pg_activity, pg_locks, pg_connections and pg_processes`,
        `GRANT EXECUTE ON FUNCTION pg_catalog.pg_stat_get_activity(integer) TO ${role};`,
      ),
    );
  }
  return findings;
}
