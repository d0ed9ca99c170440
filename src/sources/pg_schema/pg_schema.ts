import { type Observable, concatMap, defer, forkJoin, map, reduce, take, tap } from 'rxjs';
import { guardedReads } from '../../postgres/lockGuard.ts';
import { int64 } from '../../postgres/values.ts';
import type { Query, Row } from '../../ports/server.ts';
import type { Json } from '../../schema/json.ts';
import type { Metric } from '../../schema/metric.ts';
import { chosenRows } from '../chosenRows.ts';
import { type DatabaseVisit, eachDatabase } from '../eachDatabase.ts';
import { parts } from '../parts.ts';
import { pgEvent, pgEventMetric } from '../pgEvent.ts';
import { type ServerContext, serverSource } from '../source.ts';
import { timestampNow } from '../timestamp.ts';
import { definition } from './definition.ts';
import { pgSchemaMetric } from './pgSchemaMetric.ts';
import { type PgSchemaSettings, pgSchemaSettings } from './pgSchemaSettings.ts';
import { SchemaBook, changeEvents } from './schemaBook.ts';
import { definitionsSql, findingsSql, listSql } from './schemaSql.ts';

/** Index findings that are listed. */
const MAX_FINDINGS = 200;

/** `pg_schema`: one metric per database and interval with what changed; what that was, as events too. */
export const pgSchema = serverSource({
  type: 'pg_schema',
  scope: 'server',
  settings: pgSchemaSettings,
  rhythms: [{ key: 'interval', kind: 'schema' }],
  metrics: [pgSchemaMetric, pgEventMetric],
  read: (context) =>
    defer(() => {
      const books = new Map<string, SchemaBook>();
      return eachDatabase(context, {
        type: 'pg_schema',
        what: 'definitions',
        forget: (names) => {
          for (const name of names) books.delete(name);
        },
        read: (visit) => {
          const { name } = visit.database;
          const book = books.get(name) ?? new SchemaBook();
          books.set(name, book);
          return readDatabase({ ...context, server: visit.server }, visit, book);
        },
      });
    }),
});

function readDatabase(
  { server, privacy$ }: ServerContext<PgSchemaSettings>,
  { database, facts, settings, dueAt }: DatabaseVisit<PgSchemaSettings>,
  book: SchemaBook,
): Observable<readonly Metric[]> {
  const at = (what: string, sql: string, timeoutMs = 30_000): Query => ({
    name: `pg_schema/${what}`,
    sql,
    lane: 'database',
    database: database.name,
    timeoutMs,
  });
  book.open(settings.max_tables);
  const first = book.wholeAt === null;
  const whole =
    book.wholeAt === null ||
    dueAt >= book.wholeAt + settings.whole_interval * 1000 ||
    dueAt < book.wholeAt;
  const listed$ = chosenRows(server, at('list', listSql, 5_000), {
    max: settings.max_tables,
    rankings: 3,
    kept: book.has,
  });
  const findings$ = defer(() =>
    server.query({
      ...at('indexes', findingsSql(facts.has), 5_000),
      values: [String(database.settled && !database.inRecovery), MAX_FINDINGS],
    }),
  );
  return forkJoin([privacy$.pipe(take(1)), listed$]).pipe(
    concatMap(([{ redact }, { rows: listed, total }]) => {
      const tables: Json[] = [];
      const locked: number[] = [];
      const oids = listed.map(([oid]) => Number(oid));
      const definitions$ = guardedReads<Row>({
        oids,
        read: (chunk) => server.query({ ...at('definitions', definitionsSql), values: [chunk] }),
        oidOf: ([oid]) => Number(oid),
      }).pipe(
        tap(({ rows, skipped }) => {
          locked.push(...skipped);
          for (const row of rows)
            if (book.note(row) || whole) tables.push(definition(row, redact !== 'none'));
        }),
        reduce((none) => none, null),
      );
      return definitions$.pipe(
        concatMap(() => findings$),
        map((findings) => {
          const complete = total === listed.length;
          const { changes, dropped } = book.close({
            followed: new Set(oids),
            skipped: locked,
            complete,
          });
          if (whole) book.wholeAt = dueAt;
          const metric: Metric = {
            type: 'pg_schema',
            timestamp: timestampNow(),
            server: server.name,
            database: database.name,
            whole,
            tables,
            dropped,
            tables_total: total,
            skipped: locked.length,
            ...(!complete && { truncated: true, total }),
            index_findings: findings.map((row) => findingOf(row, facts.blockSize)),
            index_findings_total: Number(findings[0]?.[7] ?? 0),
          };
          const events = first ? [] : changeEvents(server.name, database.name, changes);
          return [...parts(metric, ['tables', 'index_findings']), ...events.map(pgEvent)];
        }),
      );
    }),
  );
}

const findingOf = (
  [kind, schema, table, name, duplicate = null, pages = null, scans = null]: Row,
  blockSize: number,
): Json => ({
  kind: kind ?? '',
  schema: schema ?? '',
  table: table ?? '',
  name: name ?? '',
  duplicate_of: duplicate,
  bytes_estimate: Number(pages) * blockSize,
  scans: int64(scans),
});
