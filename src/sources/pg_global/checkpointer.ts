import { type Column, bigint, float, or, time } from '../../postgres/column.ts';

const column = (
  make: typeof bigint,
  now: string,
  before: string | null,
  description: string,
): Column => {
  const newest = make(
    `c.${now}`,
    `pg_stat_checkpointer.${now}${before === null ? '' : `, before 17 pg_stat_bgwriter.${before}`}: ${description}`,
    `pg_stat_checkpointer.${now}`,
  );
  return before === null ? newest : or(newest, `b.${before}`, `pg_stat_bgwriter.${before}`);
};

/** pg_stat_checkpointer (c), and what pg_stat_bgwriter (b) had of it before 17, under one set of names. */
export const checkpointer = {
  num_timed: column(
    bigint,
    'num_timed',
    'checkpoints_timed',
    'checkpoints due to time (also skipped ones)',
  ),
  num_requested: column(
    bigint,
    'num_requested',
    'checkpoints_req',
    'checkpoints requested (also skipped ones)',
  ),
  num_done: column(bigint, 'num_done', null, 'checkpoints performed (18 and later)'),
  restartpoints_timed: column(
    bigint,
    'restartpoints_timed',
    null,
    'restartpoints due to time (17 and later)',
  ),
  restartpoints_req: column(
    bigint,
    'restartpoints_req',
    null,
    'restartpoints requested (17 and later)',
  ),
  restartpoints_done: column(
    bigint,
    'restartpoints_done',
    null,
    'restartpoints performed (17 and later)',
  ),
  write_time_ms: column(
    float,
    'write_time',
    'checkpoint_write_time',
    'time spent writing files, in ms',
  ),
  sync_time_ms: column(
    float,
    'sync_time',
    'checkpoint_sync_time',
    'time spent synchronising files, in ms',
  ),
  buffers_written: column(
    bigint,
    'buffers_written',
    'buffers_checkpoint',
    'shared buffers written',
  ),
  slru_written: column(bigint, 'slru_written', null, 'SLRU buffers written (18 and later)'),
  stats_reset: column(time, 'stats_reset', 'stats_reset', 'when these were last reset'),
};
