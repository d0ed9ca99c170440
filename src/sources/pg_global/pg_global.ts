import { type Observable, forkJoin, map, of } from 'rxjs';
import type { Column } from '../../postgres/column.ts';
import { selection } from '../../postgres/selection.ts';
import type { ServerFacts } from '../../postgres/facts.ts';
import type { Query } from '../../ports/server.ts';
import type { Json } from '../../schema/json.ts';
import type { Metric } from '../../schema/metric.ts';
import { section } from '../../schema/section.ts';
import { polled } from '../polled.ts';
import { type MonitoredServer, serverSource } from '../source.ts';
import { timestampNow } from '../timestamp.ts';
import { withFacts } from '../withFacts.ts';
import { groupViews, groups, groupsFrom } from './groups.ts';
import { ioColumns } from './io.ts';
import { pgGlobalMetric } from './pgGlobalMetric.ts';
import { serverColumns } from './serverColumns.ts';
import { slruColumns } from './slru.ts';

/** `pg_global`: one metric per server and interval; three reads on the slow lane, of views that take no lock. */
export const pgGlobal = serverSource({
  type: 'pg_global',
  scope: 'server',
  settings: section('statistics of the server as a whole', { default: 60 }, {}),
  metrics: [pgGlobalMetric],
  read: (context) =>
    polled(context, { timeoutMs: 30_000 }, () =>
      withFacts(context, (facts, { server }) => readServer(server, facts)),
    ),
});

type Fields = Readonly<Record<string, Json>>;

function readServer(server: MonitoredServer, facts: ServerFacts): Observable<Metric> {
  const { has, systemIdentifier, timeline } = facts;
  const hasIo = has('pg_stat_io');
  return forkJoin({
    fields: readRow(server, has),
    slru: has('pg_stat_slru') ? readRows(server, 'slru', slruColumns, 'pg_stat_slru', has) : of([]),
    io: hasIo ? readRows(server, 'io', ioColumns, 'pg_stat_io', has) : of([]),
  }).pipe(
    map(({ fields, slru, io }) => ({
      type: 'pg_global',
      timestamp: timestampNow(),
      server: server.name,
      system_identifier: systemIdentifier,
      ...fields,
      // The facts are up to an hour old, and know the timeline of a checkpoint: that of a promotion comes minutes later.
      timeline: later(timeline, fields['timeline'] as number | null),
      slru,
      io,
      io_counts: hasIo ? (has('pg_stat_io.op_bytes') ? 'blocks' : 'operations') : null,
    })),
  );
}

/** Timelines only go up. */
const later = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? (one ?? other) : Math.max(one, other);

/** The one row with all groups. */
function readRow(server: MonitoredServer, has: (need: string) => boolean): Observable<Fields> {
  let width = 0;
  const place = (columns: Readonly<Record<string, Column>>) => {
    const placed = selection(columns, has, width, groupViews);
    width += placed.width;
    return placed;
  };
  const own = place(serverColumns);
  const placed = Object.entries(groups).map(([name, columns]) => [name, place(columns)] as const);
  const sql = `SELECT ${[own, ...placed.map(([, each]) => each)].map((each) => each.sql).join(', ')} FROM ${groupsFrom(has)}`;
  return server.query(read('server', sql)).pipe(
    map(([row = []]) => ({
      ...own.read(row),
      ...Object.fromEntries(placed.map(([name, each]) => [name, each.read(row)])),
    })),
  );
}

function readRows(
  server: MonitoredServer,
  what: string,
  columns: Readonly<Record<string, Column>>,
  view: string,
  has: (need: string) => boolean,
): Observable<Fields[]> {
  const selected = selection(columns, has);
  return server
    .query(read(what, `SELECT ${selected.sql} FROM ${view}`))
    .pipe(map((rows) => rows.map(selected.read)));
}

const read = (what: string, sql: string): Query => ({
  name: `pg_global/${what}`,
  sql,
  lane: 'slow',
  timeoutMs: 5_000,
});
