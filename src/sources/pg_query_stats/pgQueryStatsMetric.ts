import { fieldsOf } from '../../postgres/selection.ts';
import {
  cumulative,
  flag,
  int64,
  integer,
  list,
  moment,
  nullable,
  optional,
  record,
  text,
} from '../../schema/fields.ts';
import { metricSchema } from '../../schema/metric.ts';
import { statementColumns, summable } from './statementColumns.ts';

/** The sum of statements that are not listed one by one. */
const sum = (description: string) =>
  nullable(record({ entries: integer('how many statements'), ...fieldsOf(summable) }, description));

/** `pg_query_stats`: the statements of one database. */
export const pgQueryStatsMetric = metricSchema(
  'pg_query_stats',
  'Statements of one database from pg_stat_statements; counters are cumulative since stats_since or stats_reset, and start anew where an entry was evicted',
  {
    server: text('the monitored server'),
    database: text('pg_database.datname of pg_stat_statements.dbid'),
    stats_epoch: nullable(
      moment(
        'since when increments are meaningful: the latest of pg_postmaster_start_time(), pg_stat_bgwriter.stats_reset and pg_stat_statements_info.stats_reset',
      ),
    ),
    stats_reset: nullable(
      moment('pg_stat_statements_info.stats_reset: when all was last reset (1.9 and later)'),
    ),
    deallocations: nullable(
      cumulative(
        int64(
          'pg_stat_statements_info.dealloc: times that the least-executed entries were evicted (1.9 and later)',
        ),
      ),
    ),
    extension_version: text('pg_extension.extversion of pg_stat_statements'),
    double_counted: flag(
      'true: nested statements count twice and cannot be told apart (1.8 with pg_stat_statements.track = all)',
    ),
    queries: list(
      record({
        ...fieldsOf(statementColumns),
        text: nullable(
          text(
            'pg_stat_statements.query with literals as ?; read at most every 5 minutes, null until then',
          ),
        ),
        text_truncated: optional(flag('true: the text was cut')),
      }),
      'the statements that increased most since the reading before in time, calls, blocks read, temporary blocks and WAL, in turns; the agent’s own are left out',
      'hash',
      'user',
      'toplevel',
    ),
    other: sum(
      'sum of all other statements (toplevel): with queries it gives the total. Statements that may not be seen and the agent’s own are in it; null where there are none',
    ),
    other_nested: sum(
      'sum of all other statements within functions, whose work is in toplevel statements too; null where there are none',
    ),
    truncated: flag('true: queries does not list all statements'),
    total: integer('how many statements there are'),
  },
);
