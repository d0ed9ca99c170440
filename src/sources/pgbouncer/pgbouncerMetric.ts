import type { TSchema } from '@sinclair/typebox';
import { cumulative, int64, list, nullable, record, text } from '../../schema/fields.ts';
import { metricSchema } from '../../schema/metric.ts';

const word = (description: string) => nullable(text(description));
const count = (description: string) => nullable(int64(description));
const total = (description: string) => cumulative(count(description));

/** The fields of each table by the names of its columns; what a version does not have is null. */
export const consoleFields = {
  pools: {
    database: word('of the clients'),
    user: word('that server connections log in as'),
    pool_mode: word('session, transaction or statement'),
    cl_active: count('clients that are linked to a server connection, or idle without waiting'),
    cl_waiting: count('clients that wait for a server connection'),
    sv_active: count('server connections in use'),
    sv_idle: count('server connections that can be used at once'),
    sv_used: count('server connections that are checked before their next use'),
    sv_tested: count('server connections that are being checked'),
    sv_login: count('server connections that log in'),
    maxwait: count('how long the first client in the queue has waited, in whole seconds'),
    maxwait_us: count('the microseconds beyond them'),
  },
  stats: {
    database: word('of the clients'),
    total_xact_count: total('transactions'),
    total_query_count: total('statements'),
    total_received: total('bytes received from clients'),
    total_sent: total('bytes sent to clients'),
    total_xact_time: total('time in transactions, in µs'),
    total_query_time: total('time in statements, in µs'),
    total_wait_time: total('time that clients waited for a server connection, in µs'),
  },
  databases: {
    name: word('as clients call it'),
    host: word('where its server connections go'),
    port: count('where its server connections go'),
    database: word('as the server calls it'),
    pool_size: count('server connections for each user'),
    reserve_pool: count('further ones where clients wait for long'),
    pool_mode: word('its own; null: that of the settings'),
    max_connections: count('limit of its server connections; 0: none'),
    current_connections: count('server connections now'),
    paused: count('1: PAUSE is in force'),
    disabled: count('1: DISABLE is in force'),
  },
} as const;

const recordOf = (fields: Readonly<Record<string, TSchema>>) => record(fields);

/** `pgbouncer`: what the console of a server's PgBouncer tells. */
export const pgbouncerMetric = metricSchema(
  'pgbouncer',
  'Pools, traffic and limits of the PgBouncer of a server; totals count from its start, which it does not tell: one that falls has begun anew',
  {
    server: text('the monitored server'),
    version: word('SHOW VERSION'),
    pools: list(recordOf(consoleFields.pools), 'SHOW POOLS'),
    stats: list(recordOf(consoleFields.stats), 'SHOW STATS', 'database'),
    databases: list(recordOf(consoleFields.databases), 'SHOW DATABASES'),
    lists: list(
      record({ name: text('of what'), items: count('how many there are') }),
      'SHOW LISTS',
    ),
    settings: list(
      record({ name: text('of the setting'), value: word('in force') }),
      'SHOW CONFIG: limits, modes and time-outs',
    ),
  },
);

/** The settings that are told: no names of files, no queries, no addresses. */
export const toldSettings: ReadonlySet<string> = new Set(
  `pool_mode default_pool_size min_pool_size reserve_pool_size reserve_pool_timeout max_client_conn max_db_connections
  max_user_connections query_timeout query_wait_timeout client_idle_timeout idle_transaction_timeout server_idle_timeout
  server_lifetime server_connect_timeout server_login_retry server_round_robin max_prepared_statements`.split(
    /\s+/,
  ),
);
