import type { Static } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';
import { type Observable, concatMap, map, of } from 'rxjs';
import { type Column, counter, rising, words } from '../postgres/column.ts';
import { fieldsOf, selection } from '../postgres/selection.ts';
import { integer, flag, list, moment, nullable, optional, record, text } from '../schema/fields.ts';
import type { Metric } from '../schema/metric.ts';
import { metricSchema } from '../schema/metric.ts';
import { section } from '../schema/section.ts';
import { type ChosenRows, chosenRows } from './chosenRows.ts';
import { type DatabaseVisit, eachDatabase } from './eachDatabase.ts';
import { parts } from './parts.ts';
import { type MonitoredServer, serverSource } from './source.ts';
import { timestampNow } from './timestamp.ts';

const settings = section(
  'calls and times of functions (setting track_functions)',
  { default: 300, minimum: 10, remoteMinimum: 60 },
  {
    max_functions: Type.Integer({
      description: 'functions per database: the first by total time, own time and calls, in turns',
      default: 200,
      minimum: 1,
      maximum: 5_000,
      remote: true,
      remoteMaximum: 1_000,
    }),
  },
);
type Visit = DatabaseVisit<Static<typeof settings>>;

const view = 'pg_stat_user_functions';

/** Of one function. Alias: f the view. */
const columns: Readonly<Record<string, Column>> = {
  schema: words('f.schemaname', `${view}.schemaname`),
  name: words('f.funcname', `${view}.funcname`),
  arguments: words(
    'pg_get_function_identity_arguments(f.funcid)',
    'pg_get_function_identity_arguments(funcid): tells functions of one name apart',
  ),
  calls: counter('f.calls', `${view}.calls`),
  total_time_ms: rising(
    'f.total_time',
    `${view}.total_time: in it and in all that it called, in ms`,
  ),
  self_time_ms: rising('f.self_time', `${view}.self_time: in it alone, in ms`),
};

/** `pg_functions`: the statistics of the functions of one database. */
export const pgFunctionsMetric = metricSchema(
  'pg_functions',
  'Calls and times of the functions of one database; counters are cumulative since stats_epoch',
  {
    server: text('the monitored server'),
    database: text('pg_database.datname'),
    stats_epoch: nullable(
      moment(
        'since when functions are counted: the latest of pg_postmaster_start_time(), pg_stat_bgwriter.stats_reset and pg_stat_database.stats_reset',
      ),
    ),
    track_functions: nullable(
      text(
        'setting track_functions: `none`, `pl` or `all`; roles and databases can have their own',
      ),
    ),
    functions: nullable(
      list(
        record(fieldsOf(columns)),
        `${view}; null where nothing is counted: track_functions is \`none\` for the server and everywhere`,
        'schema',
        'name',
        'arguments',
      ),
    ),
    functions_total: nullable(integer('how many functions were counted')),
    truncated: optional(flag('true: functions were left out, see max_functions')),
    total: optional(integer('functions_total; present where some were left out')),
  },
);

/** `[track_functions, whether anything may be counted]`: a role or database can turn it on for itself. */
const trackedSql = `SELECT current_setting('track_functions'), current_setting('track_functions') <> 'none'
    OR EXISTS (SELECT FROM pg_db_role_setting s, unnest(s.setconfig) AS c
      WHERE c LIKE 'track_functions=%' AND c <> 'track_functions=none')`;

/** `pg_functions`: one metric per database and interval; where nothing is counted, no database is entered. */
export const pgFunctions = serverSource({
  type: 'pg_functions',
  scope: 'server',
  settings,
  rhythms: [{ key: 'interval', kind: 'relations' }],
  metrics: [pgFunctionsMetric],
  read: (context) =>
    eachDatabase(context, {
      type: 'pg_functions',
      what: 'functions',
      read: (visit) => readDatabase(visit.server, visit),
    }),
});

function readDatabase(
  server: MonitoredServer,
  { database, facts, settings: { max_functions } }: Visit,
): Observable<readonly Metric[]> {
  const selected = selection(columns, facts.has, 1);
  const query = {
    name: 'pg_functions/functions',
    sql: `SELECT f.funcid, ${selected.sql}, f.total_time, f.self_time, f.calls FROM ${view} f`,
    lane: 'database',
    database: database.name,
    timeoutMs: 5_000,
  } as const;
  return server
    .query({ name: 'pg_functions/tracked', sql: trackedSql, lane: 'slow', timeoutMs: 5_000 })
    .pipe(
      concatMap(([row = []]) => {
        const [setting = null, tracked] = row;
        const chosen$: Observable<ChosenRows | null> =
          tracked === 't'
            ? chosenRows(server, query, { max: max_functions, rankings: 3 })
            : of(null);
        return chosen$.pipe(
          map((chosen) => {
            const metric: Metric = {
              type: 'pg_functions',
              timestamp: timestampNow(),
              server: server.name,
              database: database.name,
              stats_epoch: database.statsEpoch,
              track_functions: setting,
              functions: chosen?.rows.map(selected.read) ?? null,
              functions_total: chosen?.total ?? null,
              ...(chosen &&
                chosen.total > chosen.rows.length && { truncated: true, total: chosen.total }),
            };
            return parts(metric, ['functions']);
          }),
        );
      }),
    );
}
