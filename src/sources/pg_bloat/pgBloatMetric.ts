import {
  flag,
  int64,
  integer,
  list,
  nullable,
  number,
  oneOf,
  optional,
  record,
  text,
} from '../../schema/fields.ts';
import { metricSchema } from '../../schema/metric.ts';

const estimated = {
  bytes: int64('pg_class.relpages × block_size: at the last VACUUM or ANALYZE'),
  expected_bytes: int64(
    'what its rows would take if it were written anew: pg_class.reltuples rows of the mean widths in pg_statistic.stawidth, pages filled to its fillfactor',
  ),
  bloat_bytes: int64(
    'bytes − expected_bytes, at least 0; a deduplicated index can be smaller than expected',
  ),
  bloat_ratio: number('bloat_bytes / bytes'),
  fillfactor: integer('pg_class.reloptions: fillfactor in percent'),
};

const size = 'pgstattuple() or pgstatindex()';

/** `pg_bloat`: what tables and indexes of one database take beyond what they hold. */
export const pgBloatMetric = metricSchema(
  'pg_bloat',
  'Estimated bloat of the tables and btree indexes of one database, and the exact one of those that the configuration names',
  {
    server: text('the monitored server'),
    database: text('pg_database.datname'),
    unavailable: nullable(
      oneOf(
        ['privilege'],
        '`privilege`: the estimates need GRANT SELECT (starelid, staattnum, stainherit, stanullfrac, stawidth) ON pg_statistic in this database; tables and indexes are null then',
      ),
    ),
    tables: nullable(
      list(
        record({
          schema: text('pg_namespace.nspname'),
          name: text('pg_class.relname'),
          ...estimated,
          dead_tuples: nullable(
            int64('pg_stat_all_tables.n_dead_tup: dead rows, part of the bloat; null on a standby'),
          ),
        }),
        'tables and materialized views, without TOAST, by bloat_bytes',
      ),
    ),
    tables_total: nullable(integer('how many could be estimated')),
    tables_bloat_bytes: nullable(int64('bloat_bytes of all that could be estimated')),
    indexes: nullable(
      list(
        record({
          schema: text('pg_namespace.nspname'),
          name: text('pg_class.relname'),
          table: text('pg_class.relname of its table'),
          ...estimated,
        }),
        'btree indexes, by bloat_bytes',
      ),
    ),
    indexes_total: nullable(integer('how many could be estimated')),
    indexes_bloat_bytes: nullable(int64('bloat_bytes of all that could be estimated')),
    not_estimated: nullable(
      integer('tables and indexes with columns that ANALYZE has not looked at yet'),
    ),
    truncated: optional(flag('true: some were left out, see max_tables and max_indexes')),
    total: optional(
      integer('tables_total and indexes_total together; present where some were left out'),
    ),
    exact: optional(
      list(
        record({
          schema: text('pg_namespace.nspname'),
          name: text('pg_class.relname'),
          kind: oneOf(['table', 'index'], 'pg_class.relkind'),
          bytes: nullable(int64(`${size}: its length`)),
          live_bytes: nullable(int64('pgstattuple.tuple_len; null for an index')),
          dead_bytes: nullable(int64('pgstattuple.dead_tuple_len; null for an index')),
          dead_tuples: nullable(int64('pgstattuple.dead_tuple_count; null for an index')),
          free_bytes: nullable(int64('pgstattuple.free_space; null for an index')),
          leaf_density_percent: nullable(
            number('pgstatindex.avg_leaf_density; null for a table, and without leaves'),
          ),
          leaf_fragmentation_percent: nullable(
            number('pgstatindex.leaf_fragmentation; null for a table, and without leaves'),
          ),
          unavailable: nullable(
            oneOf(
              ['extension', 'privilege', 'too_large', 'locked', 'kind', 'timeout'],
              'why it was not read: no pgstattuple in this database, no right to call it, larger than exact_max_bytes, locked by another session, neither table nor btree index, more than 30 s',
            ),
          ),
        }),
        'the relations that `exact` names, where this database has them; present where it names any',
      ),
    ),
  },
);
