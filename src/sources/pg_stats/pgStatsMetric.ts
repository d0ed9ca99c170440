import { fieldsOf } from '../../postgres/selection.ts';
import {
  flag,
  int64,
  integer,
  list,
  moment,
  nullable,
  oneOf,
  optional,
  record,
  text,
} from '../../schema/fields.ts';
import { metricSchema } from '../../schema/metric.ts';
import { databaseColumns } from './databaseColumns.ts';
import { indexColumns } from './indexColumns.ts';
import { tableColumns } from './tableColumns.ts';

const sizeReadAt = nullable(moment('when size_bytes was read; null before'));

/** One table of a database. */
const table = record({
  ...fieldsOf(tableColumns),
  size_bytes: nullable(
    int64(
      'pg_total_relation_size(): table, TOAST and indexes; null until it was read, and for a partitioned table',
    ),
  ),
  size_read_at: sizeReadAt,
});

/** One index of a database. */
const index = record({
  ...fieldsOf(indexColumns),
  size_bytes: nullable(int64('pg_relation_size(); null until it was read')),
  size_read_at: sizeReadAt,
  status: nullable(
    oneOf(
      ['USED', 'UNUSED'],
      'whether it was scanned since stats_epoch; null within 7 days of stats_epoch, for unique, primary key and exclusion indexes, and on a standby, which cannot speak for its primary',
    ),
  ),
});

/** `pg_stats`: the statistics of one database, now and then with its tables and indexes. */
export const pgStatsMetric = metricSchema(
  'pg_stats',
  'Statistics of one database, its tables and its indexes; counters are cumulative since stats_epoch',
  {
    server: text('the monitored server'),
    database: text('pg_stat_database.datname'),
    in_recovery: flag('pg_is_in_recovery(): true on a standby'),
    size_bytes: nullable(
      int64(
        'pg_database_size(); null until it was read, and without CONNECT on the database or pg_read_all_stats',
      ),
    ),
    size_read_at: nullable(moment('when size_bytes was read; null before')),
    ...fieldsOf(databaseColumns),
    tables: optional(
      list(
        table,
        'user tables and materialized views, temporary ones left out; present once per relations_interval',
        'schema',
        'name',
      ),
    ),
    indexes: optional(
      list(index, 'their indexes; present once per relations_interval', 'schema', 'name'),
    ),
    truncated: optional(
      flag('true: tables or indexes were left out, see max_tables and max_indexes'),
    ),
    total: optional(
      integer('how many tables and indexes there are; present where some were left out'),
    ),
    tables_total: optional(integer('how many tables there are; present with tables')),
    indexes_total: optional(integer('how many indexes there are; present with indexes')),
    sizes_skipped: optional(
      integer(
        'relations whose size could not be read because another session locks them; present with tables',
      ),
    ),
    sizes_skipped_names: optional(
      list(text('schema.name'), 'the first 20 of them; present where there are any'),
    ),
  },
);
