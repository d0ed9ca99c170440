import { type Observable, catchError, concatMap, defer, map, toArray } from 'rxjs';
import { QueryError, UnavailableError } from '../../errors.ts';
import type { Row } from '../../ports/server.ts';
import { rounded } from '../rounded.ts';
import type { Metric } from '../../schema/metric.ts';
import { parts } from '../parts.ts';
import type { MonitoredServer } from '../source.ts';
import { timestampNow } from '../timestamp.ts';
import { type CheckOptions, type Checks, type Plan, explain } from './checks.ts';
import type { QuerySettings } from './customSettings.ts';
import { layout } from './layout.ts';
import { type Statement, statement } from './statement.ts';

export interface ReadCustomOptions {
  readonly server: MonitoredServer;
  /** Of the query. */
  readonly name: string;
  readonly database: string;
  readonly settings: QuerySettings;
  readonly checks: Checks;
  /** Whether texts that look like statements are redacted. */
  readonly redacts: boolean;
}

/** Runs a custom query once in one database: checked first, where that was not done lately. Errors say where it is wrong. */
export function readCustom(options: ReadCustomOptions): Observable<readonly Metric[]> {
  const { server, name, database, settings, checks } = options;
  const { query } = settings;
  return defer(() => {
    const found = statement(query.sql ?? '');
    if (!found) throw new UnavailableError('its SQL must begin with SELECT, WITH, VALUES or TABLE');
    const schemas = query.search_path.map((schema) => `"${schema.replaceAll('"', '""')}"`);
    const check: CheckOptions = {
      server,
      name,
      statement: found,
      settings,
      base: {
        lane: 'database',
        database,
        timeoutMs: query.timeout * 1_000,
        settings: { search_path: ['pg_catalog', ...schemas, 'pg_temp'].join(', ') },
      },
    };
    let tookMs: number | null = null;
    function run(plan: Plan): Observable<readonly Metric[]> {
      const took = (ms: number): void => {
        tookMs = rounded(ms);
      };
      const read = { name: `custom/${name}`, sql: found?.sql ?? '', took };
      return server.query({ ...check.base, ...read, guest: { maxRows: query.max_rows } }).pipe(
        toArray(),
        map((chunks) => metricsOf(chunks.flat(), plan, tookMs, options)),
        catchError((error: unknown) => {
          checks.failed(check, placed(error, found));
          throw error;
        }),
      );
    }
    return checks.check(check).pipe(
      concatMap(run),
      catchError((error: unknown) => {
        throw placed(error, found);
      }),
    );
  });
}

function metricsOf(
  [names = [], types = [], [count = null] = [], ...rows]: readonly Row[],
  plan: Plan,
  tookMs: number | null,
  { server, name, database, settings: { query }, redacts }: ReadCustomOptions,
): readonly Metric[] {
  const { columns, read } = layout(names, types, query.columns);
  const total = count === null ? null : Number(count);
  const metric: Metric = {
    type: 'custom',
    timestamp: timestampNow(),
    server: server.name,
    database,
    name: query.metric ?? name,
    columns: columns.map(({ name: of, kind }) => ({ name: of, kind })),
    rows: rows.map((row) => read(row, redacts)),
    rows_total: total,
    took_ms: tookMs,
    plan_cost: plan.cost,
    plan_rows: plan.rows,
    ...(total !== rows.length && { truncated: true, total }),
  };
  return parts(metric, ['rows']);
}

/** The error of a statement, with its SQLSTATE and its place in the text that was written. Once; what has it stays. */
function placed(error: unknown, found: Statement | undefined): unknown {
  if (!(error instanceof QueryError) || error.cause instanceof QueryError) return error;
  const { sqlstate, query, position, message } = error;
  const shift = query.endsWith('/plan') ? explain.length : 0;
  const place = position === null ? '' : `, ${found?.placeOf(position - shift) ?? ''}`;
  const hint =
    sqlstate === '42P01' || sqlstate === '42883'
      ? '; names without a schema are looked up in pg_catalog alone, see search_path'
      : '';
  return new QueryError(sqlstate, query, `${message} (${sqlstate}${place})${hint}`, {
    cause: error,
  });
}
