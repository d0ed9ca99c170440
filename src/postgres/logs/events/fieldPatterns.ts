/** Where a field of an event is found: each named group of a pattern is one. */
export interface FieldPattern {
  readonly part: 'message' | 'detail';
  /** Linear; sees at most 2000 characters. */
  readonly pattern: RegExp;
}

const message = (pattern: RegExp): FieldPattern => ({ part: 'message', pattern });
const detail = (pattern: RegExp): FieldPattern => ({ part: 'detail', pattern });

const session =
  /^(?:replication )?connection authorized: user=(?<role>[^ ]+)(?: database=(?<database_name>[^ ]+))?(?: application_name=(?<application>.*?))?(?: SSL enabled \(protocol=(?<tls_protocol>[^,]+), cipher=(?<tls_cipher>[^,]+), bits=(?<tls_bits>\d+).*)?$/;
const completed = [
  message(/: wrote (?<buffers>\d+) buffers \((?<buffers_percent>[\d.]+)%\)/),
  message(/, wrote (?<slru_buffers>\d+) SLRU buffers/),
  message(
    /; (?<wal_added>\d+) (?:WAL|transaction log) file\(s\) added, (?<wal_removed>\d+) removed, (?<wal_recycled>\d+) recycled/,
  ),
  message(/ write=(?<write_s>[\d.]+) s, sync=(?<sync_s>[\d.]+) s, total=(?<total_s>[\d.]+) s/),
  message(
    /; sync files=(?<sync_files>\d+), longest=(?<sync_longest_s>[\d.]+) s, average=(?<sync_average_s>[\d.]+) s/,
  ),
  message(/; distance=(?<distance_kb>\d+) kB, estimate=(?<estimate_kb>\d+) kB/),
  message(/; lsn=(?<lsn>[\dA-F]+\/[\dA-F]+), redo lsn=(?<redo_lsn>[\dA-F]+\/[\dA-F]+)/),
];
const vacuumed = [
  message(
    /^automatic (?:aggressive )?(?:vacuum|analyze)(?: to prevent wraparound)? of table "(?<table>[^"\n]+)"/,
  ),
  message(/: index scans: (?<index_scans>\d+)/),
  message(/\bpages: (?<pages_removed>\d+) removed, (?<pages_remain>\d+) remain/),
  message(/\btuples: (?<tuples_removed>\d+) removed, (?<tuples_remain>\d+) remain/),
  message(/remain, (?<tuples_dead>\d+) are dead but not yet removable/),
  message(
    /\bbuffer usage: (?<buffer_hits>\d+) hits, (?<buffer_reads>\d+) (?:misses|reads), (?<buffers_dirtied>\d+) dirtied/,
  ),
  message(
    /\bavg read rate: (?<read_mb_s>[\d.]+) MB\/s, avg write rate: (?<write_mb_s>[\d.]+) MB\/s/,
  ),
  message(
    /\bWAL usage: (?<wal_records>\d+) records, (?<wal_full_pages>\d+) full page images, (?<wal_bytes>\d+) bytes/,
  ),
  message(
    /CPU: user: (?<cpu_user_s>[\d.]+) s, system: (?<cpu_system_s>[\d.]+) s, elapsed: (?<elapsed_s>[\d.]+) s/,
  ),
];
const waiting = [
  message(
    /^process (?<waiting_pid>\d+) (?:still waiting for|acquired|avoided deadlock for|detected deadlock while waiting for|could not obtain) (?<lock_mode>[A-Za-z]+) on (?<lock_object>[^"\n]{1,200}?)(?: by rearranging queue order)?(?: after (?<waited_ms>[\d.]+) ms)?(?: at character \d+)?$/,
  ),
  detail(
    /^Process(?:es)? holding the lock: (?<holder_pids>[\d, ]+)\. Wait queue: (?<queue_pids>[\d, ]*)\./,
  ),
];
const relation = (pattern: RegExp) => [message(pattern)];
const slot = relation(/slot "(?<slot>[^"\n]+)"/);
const exited =
  /^(?<process>[A-Za-z ]+?|background worker "[^"\n]+") \(PID (?<crashed_pid>\d+)\) (?:was terminated by signal (?<signal>\d+)|exited with exit code (?<exit_code>\d+))/;

/** The fields of events, by event. Names, figures and the server's own words: no values. */
export const fieldPatterns: ReadonlyMap<string, readonly FieldPattern[]> = new Map([
  ['connection_received', relation(/ host=(?<client_host>[^ ]+)(?: port=(?<client_port>\d+))?/)],
  [
    'connection_authenticated',
    relation(
      /^connection authenticated: (?:user|identity)="(?<identity>[^"\n]+)" method=(?<auth_method>[^ ]+)/,
    ),
  ],
  ['connection_authorized', relation(session)],
  [
    'connection_ready',
    relation(
      /total=(?<setup_ms>[\d.]+) ms, fork=(?<fork_ms>[\d.]+) ms, authentication=(?<authentication_ms>[\d.]+) ms/,
    ),
  ],
  [
    'disconnection',
    relation(
      /^disconnection: session time: (?<session_time>\d+:\d\d:\d\d\.\d+) user=(?<role>.*?) database=(?<database_name>.*?) host=(?<client_host>[^ ]+)(?: port=(?<client_port>\d+))?$/,
    ),
  ],
  ['password_failed', relation(/ for user "(?<role>[^"\n]+)"$/)],
  [
    'authentication_failed',
    relation(/^(?<auth_method>\w+) authentication failed for user "(?<role>[^"\n]+)"$/),
  ],
  [
    'no_hba_entry',
    relation(
      / host "(?<client_host>[^"\n]+)", user "(?<role>[^"\n]+)", database "(?<database_name>[^"\n]+)"(?:, (?<encryption>[\w ]+))?$/,
    ),
  ],
  [
    'hba_rejected',
    relation(
      / host "(?<client_host>[^"\n]+)", user "(?<role>[^"\n]+)", database "(?<database_name>[^"\n]+)"(?:, (?<encryption>[\w ]+))?$/,
    ),
  ],
  ['role_missing', relation(/^role "(?<role>[^"\n]+)"/)],
  ['role_may_not_log_in', relation(/^role "(?<role>[^"\n]+)"/)],
  ['database_missing', relation(/^database "(?<database_name>[^"\n]+)"/)],
  ['connection_not_allowed', relation(/database "(?<database_name>[^"\n]+)"/)],
  ['checkpoint_starting', relation(/starting: (?<reason>[a-z -]+)/)],
  ['restartpoint_starting', relation(/starting: (?<reason>[a-z -]+)/)],
  ['checkpoint_complete', completed],
  ['restartpoint_complete', completed],
  ['checkpoints_too_frequent', relation(/\((?<apart_s>\d+) seconds? apart\)/)],
  ['recovery_restart_point', relation(/ at (?<lsn>[\dA-F]+\/[\dA-F]+)/)],
  ['autovacuum', vacuumed],
  ['autoanalyze', vacuumed],
  ['lock_wait', waiting],
  ['lock_acquired', waiting],
  ['deadlock_avoided', waiting],
  ['deadlock_waiting', waiting],
  ['lock_not_available', waiting],
  ['temporary_file', relation(/^temporary file: path "(?<path>[^"\n]+)", size (?<bytes>\d+)/)],
  ['archive_failed', relation(/(?:exit code (?<exit_code>\d+)|signal (?<signal>\d+))/)],
  ['wal_restored', relation(/"(?<wal_file>[0-9A-F.]+|[0-9A-F]+\.history)"/)],
  ['wal_removed', relation(/segment (?<wal_file>[0-9A-F]+)/)],
  ['disk_full', relation(/file "(?<path>[^"\n]+)"/)],
  ['file_missing', relation(/(?:file|directory) "(?<path>[^"\n]+)"/)],
  ['io_error', relation(/file "(?<path>[^"\n]+)"/)],
  ['invalid_page', relation(/block (?<block>\d+) of relation "?(?<path>[\w/.]+)"?/)],
  ['data_corrupted', relation(/block (?<block>\d+) in file "(?<path>[^"\n]+)"/)],
  ['index_corrupted', relation(/index "(?<index>[^"\n]+)"/)],
  ['process_crashed', relation(exited)],
  ['server_starting', relation(/^starting PostgreSQL (?<version>[\d.]+\w*)/)],
  ['listening', relation(/address "(?<address>[^"\n]+)", port (?<port>\d+)/)],
  ['parameter_changed', relation(/^parameter "(?<parameter>[^"\n]+)"/)],
  ['parameter_needs_restart', relation(/^parameter "(?<parameter>[^"\n]+)"/)],
  ['configuration_error', relation(/parameter "(?<parameter>[^"\n]+)"/)],
  ['streaming_started', relation(/ at (?<lsn>[\dA-F]+\/[\dA-F]+) on timeline (?<timeline>\d+)/)],
  ['promotion', relation(/timeline ID: (?<timeline>\d+)/)],
  ['consistent_state', relation(/ at (?<lsn>[\dA-F]+\/[\dA-F]+)/)],
  ['recovery_conflict', relation(/after (?<waited_ms>[\d.]+) ms: (?<reason>[a-z -]+)$/)],
  ...['slot_acquired', 'slot_released', 'slot_missing', 'slot_in_use', 'slot_invalidated'].map(
    (event) => [event, slot] as const,
  ),
  [
    'logical_decoding',
    relation(/(?:point at|slot) (?:"(?<slot>[^"\n]+)"|(?<lsn>[\dA-F]+\/[\dA-F]+))/),
  ],
  ['synchronous_standby', relation(/^standby "(?<standby>[^"\n]+)"/)],
  [
    'subscription_worker',
    relation(/subscription "(?<subscription>[^"\n]+)"(?:, table "(?<table>[^"\n]+)")?/),
  ],
  ['unique_violation', relation(/constraint "(?<constraint>[^"\n]+)"/)],
  ['exclusion_violation', relation(/constraint "(?<constraint>[^"\n]+)"/)],
  [
    'foreign_key_violation',
    relation(/table "(?<table>[^"\n]+)" violates .*constraint "(?<constraint>[^"\n]+)"/),
  ],
  [
    'check_violation',
    relation(
      /relation "(?<table>[^"\n]+)"(?: violates check constraint "(?<constraint>[^"\n]+)")?/,
    ),
  ],
  [
    'not_null_violation',
    relation(/column "(?<column>[^"\n]+)"(?: of relation "(?<table>[^"\n]+)")?/),
  ],
  ['undefined_table', relation(/^(?:relation|table) "(?<table>[^"\n]+)"/)],
  [
    'permission_denied',
    relation(/^permission denied for (?<object_kind>[a-z ]+?) (?<object>[\w.$]+)$/),
  ],
  [
    'wraparound_near',
    relation(
      /^database "(?<database_name>[^"\n]+)" must be vacuumed within (?<transactions_left>\d+) transactions/,
    ),
  ],
  ['limit_exceeded', relation(/\((?<limit_kb>\d+)kB\)/)],
]);
