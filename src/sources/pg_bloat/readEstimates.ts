import { type Observable, concatMap, defer, endWith, ignoreElements, map, tap } from 'rxjs';
import { chooser } from '../../postgres/choose.ts';
import { int64 } from '../../postgres/values.ts';
import type { Row, Server } from '../../ports/server.ts';
import type { Json } from '../../schema/json.ts';
import { rounded } from '../rounded.ts';
import { indexesSql, tablesSql } from './bloatSql.ts';
import { expectedPages, widthsOf } from './expectedPages.ts';

export interface EstimatesOptions {
  readonly database: string;
  readonly blockSize: number;
  readonly maxTables: number;
  readonly maxIndexes: number;
}

/** The bloat of the relations of one kind. */
interface Estimates {
  readonly listed: readonly Record<string, Json>[];
  readonly total: number;
  readonly bloatBytes: number;
  readonly notEstimated: number;
}

/**
 * The planner expects one relation where there are thousands, and would read all columns once for each of them; it uses
 * no worker of the server's users.
 */
const planned = {
  work_mem: '16MB',
  enable_nestloop: 'off',
  max_parallel_workers_per_gather: '0',
} as const;

/** Fields of the metric. */
export function readEstimates(
  server: Server,
  { database, blockSize, maxTables, maxIndexes }: EstimatesOptions,
): Observable<Readonly<Record<string, Json>>> {
  function read(kind: 'table' | 'index', max: number): Observable<Estimates> {
    return defer(() => {
      const worst = chooser<Record<string, Json>>({
        max,
        rankings: [({ bloat_bytes }) => Number(bloat_bytes)],
        keep: () => false,
      });
      let bloatBytes = 0;
      let notEstimated = 0;
      const name = kind === 'table' ? 'pg_bloat/tables' : 'pg_bloat/indexes';
      const sql = kind === 'table' ? tablesSql : indexesSql;
      const query = { name, sql, database, lane: 'database', timeoutMs: 30_000 } as const;
      return server.query({ ...query, settings: planned, batch: 100 }).pipe(
        tap((rows) => {
          const estimates: Record<string, Json>[] = [];
          for (const row of rows) {
            const estimate = estimateOf(kind, row, blockSize);
            if (estimate === null) notEstimated++;
            else {
              estimates.push(estimate);
              bloatBytes += Number(estimate['bloat_bytes']);
            }
          }
          worst.add(estimates);
        }),
        ignoreElements(),
        endWith(null),
        map(() => {
          const { chosen, total } = worst.result();
          const listed = [...chosen].sort(
            (a, b) => Number(b['bloat_bytes']) - Number(a['bloat_bytes']),
          );
          return { listed, total, bloatBytes, notEstimated };
        }),
      );
    });
  }
  return read('table', maxTables).pipe(
    concatMap((tables) =>
      read('index', maxIndexes).pipe(
        map((indexes) => {
          const total = tables.total + indexes.total;
          const isCut = total > tables.listed.length + indexes.listed.length;
          return {
            tables: tables.listed,
            tables_total: tables.total,
            tables_bloat_bytes: tables.bloatBytes,
            indexes: indexes.listed,
            indexes_total: indexes.total,
            indexes_bloat_bytes: indexes.bloatBytes,
            not_estimated: tables.notEstimated + indexes.notEstimated,
            ...(isCut && { truncated: true, total }),
          };
        }),
      ),
    ),
  );
}

/** The estimate of one relation; null where a column has no statistics. */
function estimateOf(
  kind: 'table' | 'index',
  row: Row,
  blockSize: number,
): Record<string, Json> | null {
  const [, schema, name, table, pages, rows, factor, columns, known, nulls, widths, dead] = row;
  if (columns !== known || widths === null || widths === undefined) return null;
  const fillfactor = Number(factor ?? (kind === 'table' ? 100 : 90));
  const expected = expectedPages({
    kind,
    rows: Number(rows),
    fillfactor,
    nulls: nulls === 't',
    widths: widthsOf(widths),
    blockSize,
  });
  const is = Number(pages);
  const bloat = Math.max(0, is - expected);
  const fields: Record<string, Json> = { schema: schema ?? '', name: name ?? '' };
  if (kind === 'index') fields['table'] = table ?? '';
  fields['bytes'] = is * blockSize;
  fields['expected_bytes'] = expected * blockSize;
  fields['bloat_bytes'] = bloat * blockSize;
  fields['bloat_ratio'] = rounded(bloat / is, 4);
  fields['fillfactor'] = fillfactor;
  if (kind === 'table') fields['dead_tuples'] = int64(dead ?? null);
  return fields;
}
