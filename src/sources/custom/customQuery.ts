import { EMPTY, type Observable, concatMap, defer, forkJoin, map, merge, take } from 'rxjs';
import { UnavailableError } from '../../errors.ts';
import type { Custom } from '../../schema/config/custom.ts';
import type { Metric } from '../../schema/metric.ts';
import { wildcard } from '../../schema/wildcard.ts';
import { eachDatabase } from '../eachDatabase.ts';
import { ofStart } from '../ofStart.ts';
import { polled } from '../polled.ts';
import type { Sample, ServerContext } from '../source.ts';
import { Checks } from './checks.ts';
import type { QuerySettings } from './customSettings.ts';
import { readCustom } from './readCustom.ts';
import { type ServerRole, serverRole } from './serverRole.ts';

/** A read is cut off after this long, in ms; the statement itself much earlier. */
const READ_MS = 600_000;

/**
 * One custom query on one server, read once per its `interval`: in the maintenance database, or in each database that is
 * read. It reports by itself, so that what is wrong with it costs and silences only itself. Never errors.
 */
export function customQuery(
  context: ServerContext<Custom>,
  name: string,
  settings$: Observable<QuerySettings>,
  gone$: Observable<void>,
): Observable<Sample> {
  const { server } = context;
  return defer(() => {
    const own: ServerContext<QuerySettings> = {
      ...context,
      ...context.part(name),
      settings$,
      stop$: merge(context.stop$, gone$).pipe(take(1)),
    };
    const checks = new Checks();
    let said = '';
    const once = (message: string): void => {
      if (message !== said) own.notice(message);
      said = message;
    };
    function read(settings: QuerySettings, database?: string): Observable<readonly Metric[]> {
      return forkJoin([serverRole(server), context.privacy$.pipe(take(1))]).pipe(
        concatMap(([role, { redact }]) => {
          const unfit = unfitness(settings, role);
          if (unfit !== null) {
            once(`is not read: ${unfit}`);
            return EMPTY;
          }
          if (role.privileged && !settings.allowSuperuser)
            throw new UnavailableError(refusal(role));
          if (role.privileged) once(`runs with the rights of ${role.role}: ${dangers}`);
          return readCustom({
            server: ofStart(server, role.start),
            name,
            database: database ?? role.database,
            settings,
            checks,
            redacts: redact !== 'none',
          });
        }),
      );
    }
    const inEach$ = eachDatabase(scoped(own, 'database'), {
      type: 'custom',
      what: `[custom.${name}]`,
      wants: (database, { query }) => query.databases.some((of) => wildcard(of, database)),
      read: ({ database, settings }) => read(settings, database.name),
      forget: (names) => names.forEach((each) => checks.forget(each)),
    });
    const inOne$ = polled(scoped(own, 'server'), { timeoutMs: READ_MS }, (settings) =>
      read(settings),
    );
    return merge(inEach$, inOne$).pipe(map((sample): Sample => ({ ...sample, part: name })));
  });
}

/** The context for one scope: off where the query has the other one. */
const scoped = (
  context: ServerContext<QuerySettings>,
  scope: QuerySettings['query']['scope'],
): ServerContext<QuerySettings> => ({
  ...context,
  settings$: context.settings$.pipe(
    map((settings) =>
      settings.query.scope === scope ? settings : { ...settings, enabled: false },
    ),
  ),
});

/** Why a query is not meant for what the server is now; null where it is. */
function unfitness(
  { query: { min_version = 0, max_version = 99, runs_on } }: QuerySettings,
  { version, inRecovery }: ServerRole,
): string | null {
  if (version < min_version)
    return `PostgreSQL ${version} is older than min_version ${min_version}`;
  if (version > max_version)
    return `PostgreSQL ${version} is newer than max_version ${max_version}`;
  if (runs_on === 'primary' && inRecovery) return 'the server is a standby';
  return runs_on === 'standby' && !inRecovery ? 'the server is a primary' : null;
}

const dangers =
  'as a superuser, or with pg_execute_server_program or pg_write_server_files, SQL can start programs and write files on the server even where it is read-only';

const refusal = ({ role }: ServerRole): string =>
  `is not run as ${role}: ${dangers}; connect as a role with pg_monitor alone, or set allow_superuser = true in [custom]`;
