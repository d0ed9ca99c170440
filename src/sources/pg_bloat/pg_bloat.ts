import type { Static } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';
import { type Observable, concatMap, map, of } from 'rxjs';
import type { Json } from '../../schema/json.ts';
import type { Metric } from '../../schema/metric.ts';
import { section } from '../../schema/section.ts';
import { type DatabaseVisit, eachDatabase } from '../eachDatabase.ts';
import { parts } from '../parts.ts';
import { type MonitoredServer, serverSource } from '../source.ts';
import { timestampNow } from '../timestamp.ts';
import { permittedSql } from './bloatSql.ts';
import { pgBloatMetric } from './pgBloatMetric.ts';
import { readEstimates } from './readEstimates.ts';
import { readExact } from './readExact.ts';

const most = (what: string) =>
  Type.Integer({
    description: `${what} per database: those with the most estimated bloat`,
    default: 200,
    minimum: 1,
    maximum: 5_000,
    remote: true,
    remoteMaximum: 1_000,
  });

const settings = section(
  'bloat of tables and btree indexes, estimated from statistics',
  { default: 21_600, minimum: 300, remoteMinimum: 300 },
  {
    max_tables: most('tables'),
    max_indexes: most('indexes'),
    exact: Type.Array(Type.String({ minLength: 3, pattern: '\\.' }), {
      description:
        'relations, as `schema.name`, that are read as a whole to know their bloat exactly (extension pgstattuple)',
      default: [],
      maxItems: 20,
    }),
    exact_max_bytes: Type.Integer({
      description: 'larger relations are not read as a whole',
      unit: 'bytes',
      default: 1_073_741_824,
      minimum: 8_192,
      maximum: 1_099_511_627_776,
    }),
  },
);
type Visit = DatabaseVisit<Static<typeof settings>>;

/** `pg_bloat`: one metric per database and interval. What cannot be estimated for want of a right is null, never 0. */
export const pgBloat = serverSource({
  type: 'pg_bloat',
  scope: 'server',
  settings,
  rhythms: [{ key: 'interval', kind: 'bloat' }],
  metrics: [pgBloatMetric],
  read: (context) =>
    eachDatabase(context, {
      type: 'pg_bloat',
      what: 'bloat',
      read: (visit) => readDatabase(visit.server, visit),
    }),
});

const notPermitted = {
  tables: null,
  tables_total: null,
  tables_bloat_bytes: null,
  indexes: null,
  indexes_total: null,
  indexes_bloat_bytes: null,
  not_estimated: null,
};

function readDatabase(
  server: MonitoredServer,
  { database: { name: database }, facts, settings }: Visit,
): Observable<readonly Metric[]> {
  const { max_tables, max_indexes, exact, exact_max_bytes } = settings;
  const permitted$ = server.query({
    name: 'pg_bloat/permitted',
    sql: permittedSql,
    lane: 'database',
    database,
    timeoutMs: 5_000,
  });
  const estimates = {
    database,
    blockSize: facts.blockSize,
    maxTables: max_tables,
    maxIndexes: max_indexes,
  };
  return permitted$.pipe(
    concatMap(([row]) => {
      const estimated$: Observable<Readonly<Record<string, Json>>> =
        row?.[0] === 't' ? readEstimates(server, estimates) : of(notPermitted);
      return estimated$;
    }),
    concatMap((estimated) => {
      const exact$: Observable<{ readonly exact?: readonly Json[] }> =
        exact.length === 0
          ? of({})
          : readExact(server, { database, names: exact, maxBytes: exact_max_bytes }).pipe(
              map((read) => ({ exact: read })),
            );
      return exact$.pipe(
        map((read) => {
          const metric: Metric = {
            type: 'pg_bloat',
            timestamp: timestampNow(),
            server: server.name,
            database,
            unavailable: estimated === notPermitted ? 'privilege' : null,
            ...estimated,
            ...read,
          };
          return parts(metric, ['tables', 'indexes']);
        }),
      );
    }),
  );
}
