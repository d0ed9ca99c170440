import { type Observable, concat, concatMap, defer, of } from 'rxjs';
import type { SectionSettings } from '../../schema/config.ts';
import type { Json } from '../../schema/json.ts';
import type { Metric } from '../../schema/metric.ts';
import { section } from '../../schema/section.ts';
import { activityFrom } from '../activityFrom.ts';
import { jsonRows } from '../jsonRows.ts';
import { OidNames } from '../oidNames.ts';
import { parts } from '../parts.ts';
import { polled } from '../polled.ts';
import { RelationNames, type RelationOid } from '../relationNames.ts';
import { type ServerContext, serverSource } from '../source.ts';
import { timestampNow } from '../timestamp.ts';
import { withFacts } from '../withFacts.ts';
import { commands } from './commands.ts';
import { pgProgressMetric } from './pgProgressMetric.ts';

type Context = ServerContext<SectionSettings>;
type Running = Record<string, Json>;
type Lists = Readonly<Record<string, Running[] | null>>;

interface Memory {
  readonly names: OidNames;
  readonly relations: RelationNames;
}

/** `pg_progress`: one metric per server and interval, with empty lists where nothing of the kind runs; one read. */
export const pgProgress = serverSource({
  type: 'pg_progress',
  scope: 'server',
  settings: section(
    'progress of vacuum, analyze, index builds, cluster, copy and base backups',
    { default: 10 },
    {},
  ),
  metrics: [pgProgressMetric],
  read: (context) =>
    defer(() => {
      const memory: Memory = {
        names: new OidNames('pg_progress'),
        relations: new RelationNames('pg_progress'),
      };
      return polled(context, { timeoutMs: 30_000 }, () =>
        withFacts(context, ({ has }, own) => read(own, memory, has)),
      );
    }),
});

function read(
  context: Context,
  memory: Memory,
  has: (need: string) => boolean,
): Observable<readonly Metric[]> {
  const { server } = context;
  const lists = Object.entries(commands).map(([name, { view, columns }]) => ({
    name,
    exists: has(view),
    rows: jsonRows(columns, has, {
      from: `${view} p LEFT JOIN a ON a.pid = p.pid`,
      aliases: { p: view, a: 'pg_stat_activity' },
    }),
  }));
  const there = lists.filter(({ exists }) => exists);
  const sql = `WITH a AS MATERIALIZED (SELECT * FROM ${activityFrom(has)})
        SELECT ${there.map(({ rows }) => rows.sql).join(',\n')}`;
  return server.query({ name: 'pg_progress/running', sql, lane: 'slow', timeoutMs: 5_000 }).pipe(
    concatMap(([row = []]) => {
      const running: Lists = Object.fromEntries(
        lists.map((list) => {
          const at = there.indexOf(list);
          return [list.name, at < 0 ? null : list.rows.read(row[at] ?? null)];
        }),
      );
      return concat(
        learn(context, memory, running),
        defer(() => of(metricsOf(server.name, running, memory))),
      );
    }),
  );
}

function learn(
  { server, trouble }: Context,
  { names, relations }: Memory,
  running: Lists,
): Observable<never> {
  const all = Object.values(running).flatMap((rows) => rows ?? []);
  const oids = all.flatMap((row) => [oidOf(row, 'relation_oid'), oidOf(row, 'index_oid')]);
  const databases = oids.map(({ databaseOid }) => databaseOid);
  return concat(
    names.learn(server, databases, [], trouble),
    relations.learn(server, names, oids, trouble),
  );
}

function metricsOf(server: string, running: Lists, { relations }: Memory): readonly Metric[] {
  for (const rows of Object.values(running)) {
    for (const row of rows ?? []) {
      if ('relation_oid' in row) {
        const relation = relations.of(oidOf(row, 'relation_oid'));
        row['schema'] = relation?.schema ?? null;
        row['relation'] = relation?.name ?? null;
      }
      if ('index_oid' in row) row['index'] = relations.of(oidOf(row, 'index_oid'))?.name ?? null;
    }
  }
  const metric: Metric = { type: 'pg_progress', timestamp: timestampNow(), server, ...running };
  return parts(metric, Object.keys(running));
}

/** A relation that a row names, in the row's database; none where it has no such field. */
function oidOf(row: Running, field: string): RelationOid {
  const text = (name: string): string | null => {
    const value = row[name];
    return typeof value === 'number' && value !== 0 ? String(value) : null;
  };
  return { databaseOid: text('database_oid'), oid: text(field) };
}
