import { type Observable, defer, endWith, ignoreElements, map, tap } from 'rxjs';
import { chooser } from '../postgres/choose.ts';
import type { Query, Row, Server } from '../ports/server.ts';

export interface ChosenRowsOptions {
  /** How many rows at most. */
  readonly max: number;
  /** How many of the last columns are rankings: numbers, the greater the more important. They take turns. */
  readonly rankings: number;
  /** Oids that stay chosen. Default: none. The first column of a row is its oid. */
  readonly kept?: (oid: number) => boolean;
}

/** The rows that were chosen, in the order of their importance, and how many there were. */
export interface ChosenRows {
  readonly rows: readonly Row[];
  readonly total: number;
}

/** Reads a long list through a portal and keeps its most important rows. Emits once. */
export function chosenRows(
  server: Server,
  query: Query,
  { max, rankings, kept = () => false }: ChosenRowsOptions,
): Observable<ChosenRows> {
  return defer(() => {
    const { add, result } = chooser<Row>({
      max,
      rankings: Array.from(
        { length: rankings },
        (_, index) => (row: Row) => Number(row[row.length - rankings + index] ?? 0),
      ),
      keep: (row) => kept(Number(row[0])),
    });
    return server.query({ batch: 100, ...query }).pipe(
      tap(add),
      ignoreElements(),
      endWith(null),
      map(() => {
        const { chosen, total } = result();
        return { rows: chosen, total };
      }),
    );
  });
}
