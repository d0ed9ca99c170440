import { flag, integer, list, nullable, number, record, text } from '../../schema/fields.ts';
import { metricSchema } from '../../schema/metric.ts';

const used = {
  connections: integer('sessions of clients now'),
  used_percent: nullable(number('of the limit; null: there is none')),
};

/** `pg_connections`: how near the limits are. */
export const pgConnectionsMetric = metricSchema(
  'pg_connections',
  'Sessions of clients against every limit: of the server, of databases, of roles. The collector’s own are among them',
  {
    server: text('the monitored server'),
    max_connections: integer('setting max_connections'),
    superuser_reserved: integer('setting superuser_reserved_connections: for superusers alone'),
    reserved: integer(
      'setting reserved_connections (16 and later; 0 before): for members of pg_use_reserved_connections',
    ),
    connections: integer('pg_stat_activity: sessions of clients (`client backend`)'),
    available: integer(
      'what ordinary roles can still get: max_connections without reserves and used ones',
    ),
    used_percent: number('of what ordinary roles can get at most'),
    active: nullable(integer('of them in state `active`; null without pg_read_all_stats')),
    idle: nullable(integer('in state `idle`; null without pg_read_all_stats')),
    idle_in_transaction: nullable(
      integer('idle in a transaction, aborted or not; null without pg_read_all_stats'),
    ),
    databases: list(
      record({
        database: text('pg_database.datname'),
        limit: nullable(integer('pg_database.datconnlimit; null: none')),
        ...used,
      }),
      'databases with sessions or a limit, the fullest first, at most 100',
    ),
    roles: list(
      record({
        role: text('pg_roles.rolname'),
        limit: nullable(integer('pg_roles.rolconnlimit; null: none, as for superusers')),
        ...used,
      }),
      'roles with sessions or a limit, the fullest first, at most 100',
    ),
    truncated: flag('whether databases or roles were cut'),
    total: integer('how many databases and roles there are in all'),
  },
);
