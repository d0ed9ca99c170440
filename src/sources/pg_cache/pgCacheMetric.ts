import {
  cumulative,
  int64,
  integer,
  list,
  moment,
  nullable,
  number,
  record,
  text,
} from '../../schema/fields.ts';
import { metricSchema } from '../../schema/metric.ts';

const summary = 'pg_buffercache_summary()';
const counts = 'pg_buffercache_usage_counts()';

/** `pg_cache`: how well the shared buffers serve. */
export const pgCacheMetric = metricSchema(
  'pg_cache',
  'How often blocks were found in shared buffers, by database, and what is in them',
  {
    server: text('the monitored server'),
    databases: list(
      record({
        name: nullable(text('pg_stat_database.datname; null: objects that all databases share')),
        stats_epoch: nullable(
          moment(
            'since when the counters count: the latest of pg_postmaster_start_time(), pg_stat_bgwriter.stats_reset and pg_stat_database.stats_reset',
          ),
        ),
        blks_hit: nullable(
          cumulative(int64('pg_stat_database.blks_hit: blocks found in shared buffers')),
        ),
        blks_read: nullable(
          cumulative(int64('pg_stat_database.blks_read: blocks asked of the system')),
        ),
        hit_ratio: nullable(
          number(
            'blks_hit / (blks_hit + blks_read) since the reading before; null without one in the same stats_epoch, and where no block was needed',
          ),
        ),
      }),
      'the databases that are read, and the shared objects',
      'name',
    ),
    buffers: nullable(
      record(
        {
          used: integer(`${summary}.buffers_used: buffers in use`),
          unused: integer(`${summary}.buffers_unused`),
          dirty: integer(`${summary}.buffers_dirty: to be written`),
          pinned: integer(`${summary}.buffers_pinned: in use at this moment`),
          usage_count_average: nullable(number(`${summary}.usagecount_avg of used buffers`)),
          read_at: moment('when the buffers were looked at'),
        },
        `${summary} of the extension pg_buffercache 1.4 and later; null where it cannot be read`,
      ),
    ),
    usage_counts: nullable(
      list(
        record({
          usage_count: integer(`${counts}.usage_count: 0 leaves first`),
          buffers: integer(`${counts}.buffers`),
          dirty: integer(`${counts}.dirty`),
          pinned: integer(`${counts}.pinned`),
        }),
        `${counts} of the extension pg_buffercache 1.4 and later; null where it cannot be read`,
      ),
    ),
    buffers_unavailable: nullable(text('why the buffers cannot be looked at; null where they can')),
  },
);
