import type { Static } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';
import { type Observable, map } from 'rxjs';
import { fieldsOf, selection } from '../../postgres/selection.ts';
import {
  flag,
  integer,
  list,
  moment,
  nullable,
  oneOf,
  optional,
  record,
  text,
} from '../../schema/fields.ts';
import type { Metric } from '../../schema/metric.ts';
import { metricSchema } from '../../schema/metric.ts';
import { section } from '../../schema/section.ts';
import { type DatabaseVisit, eachDatabase } from '../eachDatabase.ts';
import { parts } from '../parts.ts';
import { type MonitoredServer, serverSource } from '../source.ts';
import { timestampNow } from '../timestamp.ts';
import { actions, nextRun, obstacles, reasons } from './nextRun.ts';
import { databaseColumns, vacuumColumns } from './vacuumColumns.ts';
import { vacuumSql } from './vacuumSql.ts';

const settings = section(
  'what autovacuum will do next, and why',
  { default: 300, minimum: 10, remoteMinimum: 60 },
  {
    max_tables: Type.Integer({
      description:
        'tables per database: those nearest to their next run, and the ten with the oldest transaction ids',
      default: 200,
      minimum: 1,
      maximum: 5_000,
      remote: true,
      remoteMaximum: 1_000,
    }),
  },
);
type Visit = DatabaseVisit<Static<typeof settings>>;

/** `pg_vacuum`: the tables of one database, compared with the thresholds of autovacuum. */
export const pgVacuumMetric = metricSchema(
  'pg_vacuum',
  'The tables of one database that are nearest to their next vacuum or analyze; not on a standby, which keeps no such statistics',
  {
    server: text('the monitored server'),
    database: text('pg_database.datname'),
    stats_epoch: nullable(
      moment(
        'since when rows are counted: the latest of pg_postmaster_start_time(), pg_stat_bgwriter.stats_reset and pg_stat_database.stats_reset',
      ),
    ),
    ...fieldsOf(databaseColumns),
    tables: list(
      record({
        ...fieldsOf(vacuumColumns),
        next: nullable(
          oneOf(actions, 'what autovacuum will do when it comes by; null: nothing is due'),
        ),
        reason: nullable(
          oneOf(reasons, 'why: the most pressing of the thresholds that are exceeded'),
        ),
        prevented_by: nullable(
          oneOf(
            obstacles,
            'what keeps autovacuum from it: a setting that is off, or autovacuum_enabled of the table; null: nothing does',
          ),
        ),
      }),
      'tables, materialized views and TOAST tables, catalogs too, by urgency',
    ),
    tables_total: integer('how many there are'),
    truncated: optional(flag('true: tables were left out, see max_tables')),
    total: optional(integer('tables_total; present where some were left out')),
  },
);

/** `pg_vacuum`: one metric per database and interval; databases are visited one after the other. */
export const pgVacuum = serverSource({
  type: 'pg_vacuum',
  scope: 'server',
  settings,
  rhythms: [{ key: 'interval', kind: 'relations' }],
  metrics: [pgVacuumMetric],
  read: (context) =>
    eachDatabase(context, {
      type: 'pg_vacuum',
      what: 'vacuum state',
      primaryOnly: true,
      read: (visit) => readDatabase(visit.server, visit),
    }),
});

function readDatabase(
  server: MonitoredServer,
  { database, facts, settings: { max_tables } }: Visit,
): Observable<readonly Metric[]> {
  const own = selection(databaseColumns, facts.has, 1);
  const columns = selection(vacuumColumns, facts.has, 1 + own.width);
  return server
    .query({
      name: 'pg_vacuum/tables',
      sql: vacuumSql(facts.has, `${own.sql}, ${columns.sql}`),
      values: [max_tables],
      lane: 'database',
      database: database.name,
      timeoutMs: 5_000,
      // 20,000 tables are 3 MB in between.
      settings: { work_mem: '16MB' },
    })
    .pipe(
      map((rows) => {
        const total = Number(rows[0]?.[0] ?? 0);
        const header = own.read(rows[0] ?? []);
        const tables = rows.map((row) => {
          const fields = columns.read(row);
          // Assigned and not spread: V8 gives each spread of so many fields a shape of its own.
          const { next, reason, prevented_by } = nextRun(fields, header);
          fields['next'] = next;
          fields['reason'] = reason;
          fields['prevented_by'] = prevented_by;
          return fields;
        });
        const metric: Metric = {
          type: 'pg_vacuum',
          timestamp: timestampNow(),
          server: server.name,
          database: database.name,
          stats_epoch: database.statsEpoch,
          ...header,
          tables,
          tables_total: total,
          ...(total > tables.length && { truncated: true, total }),
        };
        return parts(metric, ['tables']);
      }),
    );
}
