/**
 * The settings that tell how a server is set up. None of them can hold a secret: no commands, no connection strings, no
 * paths of keys.
 */
export const mainSettings: readonly string[] = `
  archive_mode archive_timeout autovacuum autovacuum_analyze_scale_factor autovacuum_freeze_max_age
  autovacuum_max_workers autovacuum_naptime autovacuum_vacuum_cost_delay autovacuum_vacuum_cost_limit
  autovacuum_vacuum_scale_factor autovacuum_work_mem bgwriter_delay bgwriter_lru_maxpages block_size
  checkpoint_completion_target checkpoint_timeout compute_query_id data_checksums deadlock_timeout
  default_statistics_target effective_cache_size effective_io_concurrency fsync full_page_writes hot_standby
  hot_standby_feedback huge_pages idle_in_transaction_session_timeout io_method io_workers jit lc_collate
  lock_timeout log_autovacuum_min_duration log_checkpoints log_destination log_line_prefix log_lock_waits
  log_min_duration_statement log_temp_files log_timezone logging_collector maintenance_work_mem max_connections
  max_parallel_maintenance_workers max_parallel_workers max_parallel_workers_per_gather
  max_prepared_transactions max_replication_slots max_slot_wal_keep_size max_wal_senders max_wal_size
  max_worker_processes min_wal_size password_encryption pg_stat_statements.max pg_stat_statements.track
  port random_page_cost seq_page_cost server_encoding shared_buffers shared_preload_libraries ssl
  ssl_min_protocol_version statement_timeout superuser_reserved_connections synchronous_commit temp_buffers
  TimeZone track_activity_query_size track_counts track_functions track_io_timing track_wal_io_timing
  vacuum_cost_delay vacuum_cost_limit wal_buffers wal_compression wal_keep_size wal_level wal_segment_size
  wal_sync_method work_mem
`
  .trim()
  .split(/\s+/);
