import { type Column, counter, or, rising, time } from '../../postgres/column.ts';

const column = (
  make: typeof counter,
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
    counter,
    'num_timed',
    'checkpoints_timed',
    'checkpoints due to time (also skipped ones)',
  ),
  num_requested: column(
    counter,
    'num_requested',
    'checkpoints_req',
    'checkpoints requested (also skipped ones)',
  ),
  num_done: column(counter, 'num_done', null, 'checkpoints performed (18 and later)'),
  restartpoints_timed: column(
    counter,
    'restartpoints_timed',
    null,
    'restartpoints due to time (17 and later)',
  ),
  restartpoints_req: column(
    counter,
    'restartpoints_req',
    null,
    'restartpoints requested (17 and later)',
  ),
  restartpoints_done: column(
    counter,
    'restartpoints_done',
    null,
    'restartpoints performed (17 and later)',
  ),
  write_time_ms: column(
    rising,
    'write_time',
    'checkpoint_write_time',
    'time spent writing files, in ms',
  ),
  sync_time_ms: column(
    rising,
    'sync_time',
    'checkpoint_sync_time',
    'time spent synchronising files, in ms',
  ),
  buffers_written: column(
    counter,
    'buffers_written',
    'buffers_checkpoint',
    'shared buffers written',
  ),
  slru_written: column(counter, 'slru_written', null, 'SLRU buffers written (18 and later)'),
  stats_reset: column(time, 'stats_reset', 'stats_reset', 'when these were last reset'),
};
