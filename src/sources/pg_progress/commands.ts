import {
  type Column,
  bigint,
  counter,
  float,
  int,
  or,
  time,
  words,
} from '../../postgres/column.ts';

/** What runs, where, and since when: p is the view, a the activity of the same process. */
const who = (view: string): Record<string, Column> => ({
  pid: int('p.pid', `${view}.pid`),
  started_at: time('a.query_start', 'pg_stat_activity.query_start'),
  wait_event_type: words('a.wait_event_type', 'pg_stat_activity.wait_event_type'),
  wait_event: words('a.wait_event', 'pg_stat_activity.wait_event'),
});
const inDatabase = (view: string): Record<string, Column> => ({
  ...who(view),
  database: words('p.datname', `${view}.datname`),
  database_oid: int('p.datid', `${view}.datid`),
  relation_oid: int('p.relid', `${view}.relid`),
});
const phase = (view: string): Column => words('p.phase', `${view}.phase`);

/** Columns that are copied as they are: `name: description`. All but the totals rise while a phase lasts. */
const copied = (view: string, columns: Readonly<Record<string, string>>): Record<string, Column> =>
  Object.fromEntries(
    Object.entries(columns).map(([name, description]) => [
      name,
      (name.endsWith('_total') ? bigint : counter)(`p.${name}`, `${view}.${name}: ${description}`),
    ]),
  );

const VACUUM = 'pg_stat_progress_vacuum';
/** A dead row takes six bytes before 17. */
const before17 = (name: string, old: string, times: string, description: string): Column =>
  or(
    bigint(
      `p.${name}`,
      `${VACUUM}.${name}: ${description}; before 17 ${VACUUM}.${old}${times}`,
      `${VACUUM}.${name}`,
    ),
    `p.${old}${times}`,
    `${VACUUM}.${old}`,
  );
/** 0 where nothing measures it. */
const delay = (view: string): Column =>
  float(
    `CASE WHEN current_setting('track_cost_delay_timing') = 'on' THEN p.delay_time END`,
    `${view}.delay_time: time slept for the cost limit, in ms (18 and later; null while track_cost_delay_timing is off)`,
    `${view}.delay_time`,
  );

const vacuum = {
  ...inDatabase(VACUUM),
  phase: phase(VACUUM),
  ...copied(VACUUM, {
    heap_blks_total: 'blocks of the table',
    heap_blks_scanned: 'blocks scanned',
    heap_blks_vacuumed: 'blocks vacuumed',
    index_vacuum_count: 'completed rounds over the indexes',
  }),
  max_dead_tuple_bytes: before17(
    'max_dead_tuple_bytes',
    'max_dead_tuples',
    ' * 6',
    'room for dead rows before a round over the indexes is needed',
  ),
  dead_tuple_bytes: before17('dead_tuple_bytes', 'num_dead_tuples', ' * 6', 'what is taken of it'),
  num_dead_item_ids: before17(
    'num_dead_item_ids',
    'num_dead_tuples',
    '',
    'dead rows since the last round',
  ),
  indexes_total: bigint(
    'p.indexes_total',
    `${VACUUM}.indexes_total (17 and later)`,
    `${VACUUM}.indexes_total`,
  ),
  indexes_processed: bigint(
    'p.indexes_processed',
    `${VACUUM}.indexes_processed (17 and later)`,
    `${VACUUM}.indexes_processed`,
  ),
  delay_ms: delay(VACUUM),
};

const ANALYZE = 'pg_stat_progress_analyze';
const analyze = {
  ...inDatabase(ANALYZE),
  phase: phase(ANALYZE),
  ...copied(ANALYZE, {
    sample_blks_total: 'blocks to be sampled',
    sample_blks_scanned: 'blocks sampled',
    ext_stats_total: 'extended statistics',
    ext_stats_computed: 'extended statistics computed',
    child_tables_total: 'child tables',
    child_tables_done: 'child tables done',
  }),
  delay_ms: delay(ANALYZE),
};

const INDEX = 'pg_stat_progress_create_index';
const createIndex = {
  ...inDatabase(INDEX),
  index_oid: int('p.index_relid', `${INDEX}.index_relid; 0 while a new index has none`),
  command: words('p.command', `${INDEX}.command: \`CREATE INDEX\`, \`REINDEX CONCURRENTLY\`, …`),
  phase: phase(INDEX),
  current_locker_pid: bigint(
    'nullif(p.current_locker_pid, 0)',
    `${INDEX}.current_locker_pid: the process that is waited for`,
  ),
  ...copied(INDEX, {
    lockers_total: 'transactions to wait for',
    lockers_done: 'transactions waited for',
    blocks_total: 'blocks of this phase',
    blocks_done: 'blocks done',
    tuples_total: 'rows of this phase',
    tuples_done: 'rows done',
    partitions_total: 'partitions',
    partitions_done: 'partitions done',
  }),
};

const CLUSTER = 'pg_stat_progress_cluster';
const cluster = {
  ...inDatabase(CLUSTER),
  index_oid: int('p.cluster_index_relid', `${CLUSTER}.cluster_index_relid; 0: a sequential scan`),
  command: words('p.command', `${CLUSTER}.command: \`CLUSTER\` or \`VACUUM FULL\``),
  phase: phase(CLUSTER),
  ...copied(CLUSTER, {
    heap_tuples_scanned: 'rows scanned',
    heap_tuples_written: 'rows written',
    heap_blks_total: 'blocks of the table',
    heap_blks_scanned: 'blocks scanned',
    index_rebuild_count: 'indexes rebuilt',
  }),
};

const COPY = 'pg_stat_progress_copy';
const copy = {
  ...inDatabase(COPY),
  command: words('p.command', `${COPY}.command: \`COPY FROM\` or \`COPY TO\``),
  io_type: words('p.type', `${COPY}.type: \`FILE\`, \`PROGRAM\`, \`PIPE\`, \`CALLBACK\``),
  ...copied(COPY, {
    bytes_processed: 'bytes done',
    bytes_total: 'size of the source; 0 where it is not known',
    tuples_processed: 'rows done',
    tuples_excluded: 'rows left out by WHERE',
  }),
  tuples_skipped: bigint(
    'p.tuples_skipped',
    `${COPY}.tuples_skipped: malformed rows left out (17 and later)`,
    `${COPY}.tuples_skipped`,
  ),
};

const BACKUP = 'pg_stat_progress_basebackup';
const baseBackup = {
  ...who(BACKUP),
  application_name: words('a.application_name', 'pg_stat_activity.application_name'),
  client_addr: words('a.client_addr', 'pg_stat_activity.client_addr'),
  phase: phase(BACKUP),
  ...copied(BACKUP, {
    backup_total: 'bytes to be sent; null where they were not estimated',
    backup_streamed: 'bytes sent',
    tablespaces_total: 'tablespaces to be sent',
    tablespaces_streamed: 'tablespaces sent',
  }),
};

/** A kind of command whose progress PostgreSQL tells. */
export interface Progress {
  /** The view; a version that lacks it has no rows. */
  readonly view: string;
  readonly columns: Readonly<Record<string, Column>>;
}

/** The lists of `pg_progress`, by name. */
export const commands = {
  vacuum: { view: VACUUM, columns: vacuum },
  analyze: { view: ANALYZE, columns: analyze },
  create_index: { view: INDEX, columns: createIndex },
  cluster: { view: CLUSTER, columns: cluster },
  copy: { view: COPY, columns: copy },
  base_backup: { view: BACKUP, columns: baseBackup },
} satisfies Readonly<Record<string, Progress>>;
