import { map } from 'rxjs';
import type { Row } from '../../ports/server.ts';
import type { Json } from '../../schema/json.ts';
import type { Metric } from '../../schema/metric.ts';
import { section } from '../../schema/section.ts';
import { parts } from '../parts.ts';
import { polled } from '../polled.ts';
import { rounded } from '../rounded.ts';
import { serverSource } from '../source.ts';
import { timestampNow } from '../timestamp.ts';
import { pgConnectionsMetric } from './pgConnectionsMetric.ts';

/** Rows of each list. */
const MAX_ROWS = 100;

/**
 * A row may be hidden; in a database it is taken for a session of a client. Limits do not hold for superusers, an invalid
 * database has -2.
 */
const sql = `WITH a AS MATERIALIZED (
    SELECT datid, usesysid, state FROM pg_stat_get_activity(NULL)
    WHERE backend_type = 'client backend' OR (backend_type IS NULL AND datid <> 0)),
  used AS (
    SELECT 'database' AS kind, d.datname AS name, count(a.datid) AS connections,
      CASE WHEN d.datconnlimit >= 0 THEN d.datconnlimit END AS most
    FROM pg_database d LEFT JOIN a ON a.datid = d.oid GROUP BY d.oid, d.datname, d.datconnlimit
    UNION ALL
    SELECT 'role', r.rolname, count(a.usesysid), CASE WHEN r.rolconnlimit >= 0 AND NOT r.rolsuper THEN r.rolconnlimit END
    FROM pg_roles r LEFT JOIN a ON a.usesysid = r.oid GROUP BY r.oid, r.rolname, r.rolconnlimit, r.rolsuper)
  SELECT 'server', count(*)::text, count(*) FILTER (WHERE state = 'active'), count(*) FILTER (WHERE state = 'idle'),
    count(*) FILTER (WHERE state LIKE 'idle in transaction%'), current_setting('max_connections')::int,
    current_setting('superuser_reserved_connections')::int, coalesce(current_setting('reserved_connections', true), '0')::int,
    pg_has_role('pg_read_all_stats', 'USAGE')
  FROM a
  UNION ALL (
    SELECT kind, name, connections, most, count(*) OVER (), NULL, NULL, NULL, NULL FROM used
    WHERE connections > 0 OR most IS NOT NULL
    ORDER BY coalesce(connections / nullif(most, 0)::float8, 0) DESC, connections DESC, name LIMIT 1000)`;

/** `pg_connections`: one metric per server and interval. */
export const pgConnections = serverSource({
  type: 'pg_connections',
  scope: 'server',
  settings: section(
    'connections against the limits of server, databases and roles',
    { default: 60 },
    {},
  ),
  metrics: [pgConnectionsMetric],
  read: (context) =>
    polled(context, { timeoutMs: 30_000 }, () =>
      context.server
        .query({ name: 'pg_connections/limits', sql, lane: 'slow', timeoutMs: 5_000 })
        .pipe(map((rows) => parts(metricOf(context.server.name, rows), ['databases', 'roles']))),
    ),
});

function metricOf(server: string, rows: readonly Row[]): Metric {
  const totals = rows.find(([kind]) => kind === 'server') ?? [];
  const [, connections = 0, active, idle, inTransaction, max = 0, superusers = 0, reserved = 0] =
    totals.map(Number);
  const seesAll = totals[8] === 't';
  const open = max - superusers - reserved;
  const databases = rows.filter(([kind]) => kind === 'database');
  const roles = rows.filter(([kind]) => kind === 'role');
  const total = Number((databases[0] ?? roles[0])?.[4] ?? 0);
  return {
    type: 'pg_connections',
    timestamp: timestampNow(),
    server,
    max_connections: max,
    superuser_reserved: superusers,
    reserved,
    connections,
    available: Math.max(0, open - connections),
    used_percent: percent(connections, open) ?? 100,
    active: seesAll ? (active ?? null) : null,
    idle: seesAll ? (idle ?? null) : null,
    idle_in_transaction: seesAll ? (inTransaction ?? null) : null,
    databases: databases.slice(0, MAX_ROWS).map((row) => limited('database', row)),
    roles: roles.slice(0, MAX_ROWS).map((row) => limited('role', row)),
    truncated:
      databases.length > MAX_ROWS ||
      roles.length > MAX_ROWS ||
      total > databases.length + roles.length,
    total,
  };
}

function limited(key: string, [, name, connections, limit]: Row): Json {
  const most = limit === null || limit === undefined ? null : Number(limit);
  return {
    [key]: name ?? '',
    limit: most,
    connections: Number(connections),
    used_percent: most === null ? null : percent(Number(connections), most),
  };
}

const percent = (part: number, whole: number): number | null =>
  whole > 0 ? rounded((part / whole) * 100) : null;
