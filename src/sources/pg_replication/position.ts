/**
 * `here`: one row with the position that everything is measured against: where WAL is written, on a standby up to where it
 * was received or replayed, whichever is further: replay from an archive passes what was once received.
 */
export const here = `here AS MATERIALIZED (SELECT in_recovery, CASE WHEN in_recovery
    THEN greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) ELSE pg_current_wal_lsn() END AS lsn
  FROM (SELECT pg_is_in_recovery() AS in_recovery) r)`;

/** Bytes from an earlier position up to another, never negative: what is read later may be ahead. NULL stays NULL. */
export const bytesBehind = (lsn: string, from = '(SELECT lsn FROM here)'): string =>
  `CASE WHEN ${lsn} > ${from} THEN 0 ELSE pg_wal_lsn_diff(${from}, ${lsn}) END`;
