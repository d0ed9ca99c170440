import { counter, time, words } from '../../postgres/column.ts';

/** pg_stat_archiver (r). */
export const archiver = {
  archived_count: counter(
    'r.archived_count',
    'pg_stat_archiver.archived_count: WAL files archived',
  ),
  last_archived_wal: words(
    'r.last_archived_wal',
    'pg_stat_archiver.last_archived_wal: the last file archived',
  ),
  last_archived_time: time('r.last_archived_time', 'pg_stat_archiver.last_archived_time: when'),
  failed_count: counter('r.failed_count', 'pg_stat_archiver.failed_count: failed attempts'),
  last_failed_wal: words(
    'r.last_failed_wal',
    'pg_stat_archiver.last_failed_wal: the last file that failed',
  ),
  last_failed_time: time('r.last_failed_time', 'pg_stat_archiver.last_failed_time: when'),
  stats_reset: time('r.stats_reset', 'pg_stat_archiver.stats_reset: when these were last reset'),
};
