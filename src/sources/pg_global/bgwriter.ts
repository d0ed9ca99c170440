import { type Column, counter, time } from '../../postgres/column.ts';

const column = (name: string, description: string): Column =>
  counter(`b.${name}`, `pg_stat_bgwriter.${name}: ${description}`, `pg_stat_bgwriter.${name}`);

/** pg_stat_bgwriter (b). */
export const bgwriter = {
  buffers_clean: column('buffers_clean', 'buffers written by the background writer'),
  maxwritten_clean: column(
    'maxwritten_clean',
    'rounds that it stopped because it had written too many',
  ),
  buffers_alloc: column('buffers_alloc', 'buffers allocated'),
  buffers_backend: column(
    'buffers_backend',
    'buffers written by backends themselves; gone in 17, see io',
  ),
  buffers_backend_fsync: column(
    'buffers_backend_fsync',
    'fsyncs by backends themselves; gone in 17, see io',
  ),
  stats_reset: time(
    'b.stats_reset',
    'pg_stat_bgwriter.stats_reset: when these were last reset, also by a crash',
  ),
};
