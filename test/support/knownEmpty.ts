/** Why a field is empty wherever the tests look. */
interface Reason {
  readonly why: string;
  /** It may be filled, too: another machine, or luck. Default: it never is. */
  readonly maybe?: true;
}

const never = (why: string): Reason => ({ why });
const maybe = (why: string): Reason => ({ why, maybe: true });
const cut = never('nothing is that long; test/sources has what is cut');
const wait = maybe('needs a wait of 30 s; test/sources/pg_locks/longWaits.test.ts');
const lossless = never('nothing was lost; test/sources/pg_log');

/** What some versions do not have, `[first, last]` of those that have it: `type: field field …`. */
const kept: readonly (readonly [first: number, last: number, ...fields: string[]])[] = [
  [13, 16, 'pg_global: bgwriter.buffers_backend bgwriter.buffers_backend_fsync'],
  // The extension pg_buffercache is new enough from then on.
  [13, 15, 'pg_cache: buffers_unavailable'],
  [
    14,
    99,
    'pg_activity: waits[].query_id long_transactions[].query_id idle_in_transaction[].query_id',
  ],
  [14, 99, 'pg_locks: trees[].sessions[].awaits.waiting_since trees[].sessions[].query_id'],
  [
    14,
    99,
    'pg_replication: slots[].two_phase slots[].spill_txns slots[].spill_count slots[].spill_bytes',
  ],
  [14, 99, 'pg_replication: slots[].stream_txns slots[].stream_count slots[].stream_bytes'],
  [14, 99, 'pg_replication: slots[].total_txns slots[].total_bytes slots[].stats_reset'],
  [14, 99, 'pg_progress: copy[]', 'pg_processes: top[].query_id'],
  [
    14,
    99,
    'pg_stats: session_time active_time idle_in_transaction_time sessions sessions_abandoned',
  ],
  [14, 99, 'pg_stats: sessions_fatal sessions_killed'],
  [
    14,
    99,
    'pg_global: wal.wal_records wal.wal_fpi wal.wal_bytes wal.wal_buffers_full wal.wal_write',
  ],
  [
    14,
    99,
    'pg_global: wal.wal_sync wal.wal_write_time_ms wal.wal_sync_time_ms wal.write_stats_reset wal.stats_reset',
  ],
  [14, 99, 'pg_query_stats: stats_reset deallocations queries[].toplevel other_nested'],
  [14, 99, 'pg_log: entries[].query_id'],
  [
    15,
    99,
    'pg_replication: standby.prefetch_blocks standby.prefetch_hit standby.prefetch_wal_distance',
  ],
  [15, 99, 'pg_replication: standby.prefetch_stats_reset'],
  [15, 99, 'pg_replication: subscriptions[].apply_error_count subscriptions[].sync_error_count'],
  // 15 keeps none where nothing failed.
  [16, 99, 'pg_replication: subscriptions[].stats_reset'],
  [16, 99, 'pg_replication: slots[].conflicting conflicts[].confl_active_logicalslot'],
  [16, 99, 'pg_stats: tables[].last_seq_scan tables[].last_idx_scan tables[].n_tup_newpage_upd'],
  [16, 99, 'pg_stats: indexes[].last_idx_scan', 'pg_cache: buffers usage_counts[]'],
  [16, 99, 'pg_global: connections.reserved io[] io_counts'],
  [
    17,
    99,
    'pg_replication: slots[].invalidation_reason slots[].inactive_since slots[].failover slots[].synced',
  ],
  [17, 99, 'pg_replication: subscriptions[].worker_type'],
  [17, 99, 'pg_progress: vacuum[].indexes_total vacuum[].indexes_processed copy[].tuples_skipped'],
  [17, 99, 'pg_global: checkpointer.restartpoints_timed checkpointer.restartpoints_req'],
  [17, 99, 'pg_global: checkpointer.restartpoints_done', 'pg_query_stats: queries[].stats_since'],
  [
    18,
    99,
    'pg_replication: subscriptions[].confl_insert_exists subscriptions[].confl_update_origin_differs',
  ],
  [
    18,
    99,
    'pg_replication: subscriptions[].confl_update_exists subscriptions[].confl_update_missing',
  ],
  [
    18,
    99,
    'pg_replication: subscriptions[].confl_delete_origin_differs subscriptions[].confl_delete_missing',
  ],
  [18, 99, 'pg_replication: subscriptions[].confl_multiple_unique_conflicts'],
  [18, 99, 'pg_progress: vacuum[].delay_ms analyze[].delay_ms'],
  [18, 99, 'pg_stats: parallel_workers_to_launch parallel_workers_launched'],
  [18, 99, 'pg_stats: tables[].total_vacuum_time tables[].total_autovacuum_time'],
  [18, 99, 'pg_stats: tables[].total_analyze_time tables[].total_autoanalyze_time'],
  [18, 99, 'pg_global: checkpointer.num_done checkpointer.slru_written'],
  // Data checksums are on by default from then on.
  [18, 99, 'pg_stats: checksum_failures', 'pg_global: checksums.failures'],
];

const byVersion = (major: number): readonly (readonly [string, Reason])[] =>
  kept
    .filter(([first, last]) => major < first || major > last)
    .flatMap(([first, last, ...lines]) =>
      lines.flatMap((line) => {
        const [type = '', fields = ''] = line.split(': ');
        const why = never(`PostgreSQL ${first} to ${last} have it`);
        return fields.split(' ').map((field) => [`${type} ${field}`, why] as const);
      }),
    );

/** Fields that are filled in no metric of `deliverFrom`, by version of PostgreSQL, each with its reason. */
export function knownEmpty(major: number): ReadonlyMap<string, Reason> {
  const always: Readonly<Record<string, Reason>> = {
    'pg_event seconds': wait,
    'pg_event pid': wait,
    'pg_event statement': wait,
    'pg_activity cut[]': cut,
    'pg_replication senders[].backend_xmin_age': never('a sender with a slot keeps it there'),
    'pg_replication subscriptions[].relation_oid': maybe('workers of a first copy have one'),
    'pg_stats checksum_last_failure': never('no page is broken'),
    'pg_global checksums.last_failure': never('no page is broken'),
    'pg_stats indexes[].status': never('known after seven days of statistics'),
    'pg_query_stats queries[].text_truncated': cut,
    'pg_schema dropped[]': never('needs a second reading, a minute later; test/sources/pg_schema'),
    'pg_log gaps[]': lossless,
    'pg_log lost_lines': lossless,
    'pg_log entries[].backtrace': never('the binaries of the tests cannot make one'),
    'pg_log entries[].truncated': cut,
    'pgbouncer databases[].pool_mode': never('set for a database only, where it differs'),
    'agent books.dropped_by_reason[]': never('nothing was dropped'),
    'agent books.dropped_by_source[]': never('nothing was dropped'),
    'agent servers[]': maybe('known after a minute; test/integration/costs.test.ts'),
  };
  return new Map([...Object.entries(always), ...byVersion(major)]);
}
