import { type Column, counter, or, rising, time, words } from '../../postgres/column.ts';

const view = 'pg_stat_io';

/** Null is "does not apply", and stays; a 0 that nothing measured becomes null. */
const duration = (name: string, description: string): Column =>
  rising(
    `CASE WHEN current_setting(CASE object WHEN 'wal' THEN 'track_wal_io_timing' ELSE 'track_io_timing' END) = 'on'
      THEN ${name} ELSE nullif(${name}, 0) END`,
    `${view}.${name}: ${description}, in ms; null while track_io_timing (of WAL: track_wal_io_timing) is off and nothing was measured`,
  );
const count = (name: string, description: string): Column =>
  counter(name, `${view}.${name}: ${description}; null where it does not apply`);
const bytes = (name: string, blocks: string, description: string): Column =>
  or(
    counter(
      name,
      `${view}.${name} (18 and later), before ${blocks} × op_bytes: ${description}; null where it does not apply`,
      `${view}.${name}`,
    ),
    `${blocks} * op_bytes`,
    `${view}.op_bytes`,
  );

/** The columns of `pg_stat_io` (16 and later). */
export const ioColumns = {
  backend_type: words(
    'backend_type',
    `${view}.backend_type: \`client backend\`, \`checkpointer\`, …`,
  ),
  object: words('object', `${view}.object: \`relation\`, \`temp relation\`, \`wal\`, …`),
  context: words('context', `${view}.context: \`normal\`, \`vacuum\`, \`bulkread\`, …`),
  reads: count('reads', 'reads, see io_counts'),
  read_bytes: bytes('read_bytes', 'reads', 'bytes read'),
  read_time_ms: duration('read_time', 'time spent reading'),
  writes: count('writes', 'writes, see io_counts'),
  write_bytes: bytes('write_bytes', 'writes', 'bytes written'),
  write_time_ms: duration('write_time', 'time spent writing'),
  writebacks: count('writebacks', 'blocks that the kernel was asked to write out'),
  writeback_time_ms: duration('writeback_time', 'time spent on writebacks'),
  extends: count('extends', 'extensions of relations, see io_counts'),
  extend_bytes: bytes('extend_bytes', 'extends', 'bytes by which relations were extended'),
  extend_time_ms: duration('extend_time', 'time spent extending'),
  hits: count('hits', 'blocks found in shared buffers'),
  evictions: count('evictions', 'blocks written out of a buffer to make it available'),
  reuses: count('reuses', 'buffers of a ring reused'),
  fsyncs: count('fsyncs', 'fsyncs'),
  fsync_time_ms: duration('fsync_time', 'time spent on fsyncs'),
  stats_reset: time('stats_reset', `${view}.stats_reset: when these were last reset`),
};
