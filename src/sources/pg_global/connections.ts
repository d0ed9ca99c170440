import { int } from '../../postgres/column.ts';

const activity = (condition: string): string =>
  `CASE WHEN pg_has_role('pg_read_all_stats', 'USAGE') THEN a.${condition} END`;

/** Connections and their limits. Aliases: a sums over pg_stat_activity, d sums over databases. */
export const connections = {
  client: int(
    activity('client'),
    'pg_stat_activity: client backends; null without pg_read_all_stats',
  ),
  active: int(
    activity('active'),
    'pg_stat_activity: client backends in state `active`; null without pg_read_all_stats',
  ),
  idle: int(
    activity('idle'),
    'pg_stat_activity: client backends in state `idle`; null without pg_read_all_stats',
  ),
  idle_in_transaction: int(
    activity('idle_in_transaction'),
    'pg_stat_activity: client backends idle in a transaction, aborted or not; null without pg_read_all_stats',
  ),
  waiting_for_lock: int(
    activity('waiting_for_lock'),
    'pg_stat_activity: client backends whose wait_event_type is `Lock`; null without pg_read_all_stats',
  ),
  in_databases: int(
    'd.numbackends',
    'sum of pg_stat_database.numbackends: backends of any kind that are connected to a database',
  ),
  max_connections: int(`current_setting('max_connections')`, 'setting max_connections'),
  superuser_reserved: int(
    `current_setting('superuser_reserved_connections')`,
    'setting superuser_reserved_connections: part of max_connections that only superusers get',
  ),
  reserved: int(
    `current_setting('reserved_connections', true)`,
    'setting reserved_connections (16 and later): part of max_connections for members of pg_use_reserved_connections',
  ),
};
