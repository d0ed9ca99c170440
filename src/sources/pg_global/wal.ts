import { type Column, counter, or, rising, time } from '../../postgres/column.ts';

/** A time that stands at 0 while nothing measures it: null then. */
const measured = (setting: string, expression: string): string =>
  `CASE WHEN current_setting('${setting}') = 'on' THEN ${expression} ELSE nullif(${expression}, 0) END`;

const column = (make: typeof counter, name: string, description: string): Column =>
  make(`w.${name}`, `pg_stat_wal.${name}: ${description} (14 and later)`, `pg_stat_wal.${name}`);

/** What 18 moved from pg_stat_wal to pg_stat_io: writes of WAL other than the filling of new segments. */
const walOfIo = (expression: string): string =>
  `(SELECT ${expression} FROM pg_stat_io WHERE object = 'wal' AND context = 'normal')`;
const written = (
  make: typeof counter,
  name: string,
  sql: string,
  io: string,
  column: string,
  description: string,
): Column =>
  or(
    make(
      sql,
      `pg_stat_wal.${name} (14 to 17), pg_stat_io.${column} of object wal (18): ${description}`,
      `pg_stat_wal.${name}`,
    ),
    io,
    'pg_stat_io.write_bytes',
  );

/** pg_stat_wal (w), and what 18 moved from there to pg_stat_io, under one set of names. */
export const wal = {
  wal_records: column(counter, 'wal_records', 'WAL records generated'),
  wal_fpi: column(counter, 'wal_fpi', 'full page images generated'),
  wal_bytes: column(counter, 'wal_bytes', 'bytes of WAL generated'),
  wal_buffers_full: column(
    counter,
    'wal_buffers_full',
    'times that WAL was written because its buffers were full',
  ),
  wal_write: written(
    counter,
    'wal_write',
    'w.wal_write',
    walOfIo('sum(writes)::bigint'),
    'writes',
    'times that WAL was written',
  ),
  wal_sync: written(
    counter,
    'wal_sync',
    'w.wal_sync',
    walOfIo('sum(fsyncs)::bigint'),
    'fsyncs',
    'times that WAL was synchronised',
  ),
  wal_write_time_ms: written(
    rising,
    'wal_write_time',
    measured('track_wal_io_timing', 'w.wal_write_time'),
    walOfIo(measured('track_wal_io_timing', 'sum(write_time)')),
    'write_time',
    'time spent writing WAL, in ms; null while track_wal_io_timing is off and nothing was measured',
  ),
  wal_sync_time_ms: written(
    rising,
    'wal_sync_time',
    measured('track_wal_io_timing', 'w.wal_sync_time'),
    walOfIo(measured('track_wal_io_timing', 'sum(fsync_time)')),
    'fsync_time',
    'time spent synchronising WAL, in ms; null while track_wal_io_timing is off and nothing was measured',
  ),
  write_stats_reset: or(
    time(
      'w.stats_reset',
      'since when wal_write, wal_sync and their times count: pg_stat_wal.stats_reset (14 to 17), pg_stat_io.stats_reset (18)',
      'pg_stat_wal.wal_write',
    ),
    walOfIo('max(stats_reset)'),
    'pg_stat_io.write_bytes',
  ),
  stats_reset: column(time, 'stats_reset', 'when the others were last reset'),
};
