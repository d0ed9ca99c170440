import {
  type Column,
  bigint,
  bool,
  counter,
  float,
  or,
  rising,
  time,
  words,
} from '../../postgres/column.ts';

const view = 'pg_stat_statements';

const count = (name: string, description: string): Column =>
  counter(`s.${name}`, `${view}.${name}: ${description}`, `${view}.${name}`);
const times = (column: string, description: string): Column =>
  rising(`s.${column}`, `${view}.${column}: ${description}, in ms`, `${view}.${column}`);
const measure = (column: string, description: string): Column =>
  float(`s.${column}`, `${view}.${column}: ${description}, in ms`, `${view}.${column}`);

/** Time of reads or writes; a 0 that nothing measured is null. */
const io = (what: 'read' | 'write'): Column => {
  const measured = (sum: string) =>
    `CASE WHEN current_setting('track_io_timing') = 'on' THEN ${sum} ELSE nullif(${sum}, 0) END`;
  return or(
    rising(
      measured(`(s.shared_blk_${what}_time + s.local_blk_${what}_time)`),
      `${view}.shared_blk_${what}_time + local_blk_${what}_time, before 1.11 blk_${what}_time, in ms; null while track_io_timing is off and nothing was measured`,
      `${view}.shared_blk_${what}_time`,
    ),
    measured(`s.blk_${what}_time`),
    `${view}.blk_${what}_time`,
  );
};

/** What can be added up over statements. */
export const summable = {
  calls: count('calls', 'executions'),
  rows: count('rows', 'rows retrieved or affected'),
  total_time: times('total_exec_time', 'time spent executing'),
  shared_blks_hit: count('shared_blks_hit', 'shared blocks found in buffers'),
  shared_blks_read: count('shared_blks_read', 'shared blocks read'),
  shared_blks_dirtied: count('shared_blks_dirtied', 'shared blocks dirtied'),
  shared_blks_written: count('shared_blks_written', 'shared blocks written'),
  local_blks_hit: count('local_blks_hit', 'local blocks found in buffers'),
  local_blks_read: count('local_blks_read', 'local blocks read'),
  local_blks_dirtied: count('local_blks_dirtied', 'local blocks dirtied'),
  local_blks_written: count('local_blks_written', 'local blocks written'),
  temp_blks_read: count('temp_blks_read', 'blocks of temporary files read'),
  temp_blks_written: count('temp_blks_written', 'blocks of temporary files written'),
  blk_read_time: io('read'),
  blk_write_time: io('write'),
  wal_records: count('wal_records', 'WAL records generated'),
  wal_fpi: count('wal_fpi', 'full page images generated'),
  wal_bytes: count('wal_bytes', 'bytes of WAL generated'),
  query_plan_time: rising(
    `CASE WHEN current_setting('pg_stat_statements.track_planning', true) = 'on' THEN s.total_plan_time ELSE nullif(s.total_plan_time, 0) END`,
    `${view}.total_plan_time: time spent planning, in ms; null while pg_stat_statements.track_planning is off and nothing was measured`,
    `${view}.total_plan_time`,
  ),
  query_exec_time: times('total_exec_time', 'time spent executing, the same as total_time'),
};

/** The columns of one statement. */
export const statementColumns = {
  hash: bigint('s.queryid', `${view}.queryid, exactly`),
  query_id: words('s.queryid', `${view}.queryid in digits, for readers without 64-bit integers`),
  user: words(
    'pg_get_userbyid(s.userid)',
    `name of ${view}.userid; \`unknown (OID=…)\` where the role is gone`,
  ),
  toplevel: bool(
    's.toplevel',
    `${view}.toplevel: false for a statement within a function (1.9 and later)`,
    `${view}.toplevel`,
  ),
  ...summable,
  mean_time: measure('mean_exec_time', 'mean time of an execution'),
  min_time: measure('min_exec_time', 'least time of an execution'),
  max_time: measure('max_exec_time', 'greatest time of an execution'),
  stddev_time: measure('stddev_exec_time', 'standard deviation of the time of an execution'),
  stats_since: time(
    's.stats_since',
    `${view}.stats_since: since when this statement is counted (1.11 and later)`,
    `${view}.stats_since`,
  ),
};
