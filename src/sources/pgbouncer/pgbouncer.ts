import type { TSchema } from '@sinclair/typebox';
import { EMPTY, map, switchMap, take } from 'rxjs';
import type { ConsoleTable, Row } from '../../ports/server.ts';
import { int64 } from '../../postgres/values.ts';
import type { Json } from '../../schema/json.ts';
import type { Metric } from '../../schema/metric.ts';
import { section } from '../../schema/section.ts';
import { parts } from '../parts.ts';
import { polled } from '../polled.ts';
import { serverSource } from '../source.ts';
import { timestampNow } from '../timestamp.ts';
import { consoleFields, pgbouncerMetric, toldSettings } from './pgbouncerMetric.ts';

const SHOWS = ['VERSION', 'POOLS', 'STATS', 'DATABASES', 'LISTS', 'CONFIG'];
const TIMEOUT_MS = 10_000;

type Tables = ReadonlyMap<string, ConsoleTable>;

/**
 * `pgbouncer`: one metric per interval, of servers that have a `pgbouncer_port`; silent for others. The role must be one
 * of PgBouncer's `stats_users` or `admin_users`.
 */
export const pgbouncer = serverSource({
  type: 'pgbouncer',
  scope: 'server',
  // Silent where no PgBouncer is configured.
  follows: true,
  settings: section('PgBouncer, where a server has a `pgbouncer_port`', { default: 30 }, {}),
  metrics: [pgbouncerMetric],
  read: (context) =>
    polled(context, { timeoutMs: TIMEOUT_MS }, () =>
      context.server.settings$.pipe(
        take(1),
        switchMap(({ pgbouncer_port: port }) =>
          port === undefined ? EMPTY : (context.server.pgbouncer?.(SHOWS) ?? EMPTY),
        ),
        map((tables) => parts(metricOf(context.server.name, tables), lists)),
      ),
    ),
});

const lists = ['pools', 'stats', 'databases', 'lists', 'settings'];

function metricOf(server: string, tables: Tables): Metric {
  const { pools, stats, databases } = consoleFields;
  return {
    type: 'pgbouncer',
    timestamp: timestampNow(),
    server,
    version: tables.get('VERSION')?.rows[0]?.[0] ?? null,
    pools: rowsOf(tables, 'POOLS', pools).filter(({ database }) => database !== 'pgbouncer'),
    stats: rowsOf(tables, 'STATS', stats).filter(({ database }) => database !== 'pgbouncer'),
    databases: rowsOf(tables, 'DATABASES', databases).filter(({ name }) => name !== 'pgbouncer'),
    lists: pairsOf(tables, 'LISTS').map(([name = null, items = null]) => ({
      name: name ?? '',
      items: int64(items),
    })),
    settings: pairsOf(tables, 'CONFIG').flatMap(([name = null, value = null]) =>
      name !== null && toldSettings.has(name) ? [{ name, value }] : [],
    ),
  };
}

const pairsOf = (tables: Tables, show: string): readonly Row[] => tables.get(show)?.rows ?? [];

/** The rows with the declared fields, by the names of the columns. */
function rowsOf(
  tables: Tables,
  show: string,
  fields: Readonly<Record<string, TSchema>>,
): Record<string, Json>[] {
  const { columns = [], rows = [] } = tables.get(show) ?? {};
  const places = Object.entries(fields).map(([name, field]) => {
    const isNumber = 'int64' in field;
    return { name, isNumber, at: columns.indexOf(name) };
  });
  return rows.map((row) => {
    const read: Record<string, Json> = {};
    for (const { name, isNumber, at } of places) {
      const value = row[at] ?? null;
      read[name] = isNumber ? int64(value) : value;
    }
    return read;
  });
}
