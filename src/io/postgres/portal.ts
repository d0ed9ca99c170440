import type pg from 'pg';
import QueryStream from 'pg-query-stream';
import type { Row } from '../../ports/server.ts';
import { textTypes } from './dial.ts';

/** One read through a portal. */
export interface PortalRead {
  readonly sql: string;
  readonly values: readonly unknown[];
  /** Rows per chunk. */
  readonly batch: number;
  readonly emit: (rows: readonly Row[]) => void;
  /** Closes the portal early. */
  readonly stop: AbortSignal;
}

/**
 * Reads a result in chunks through a portal, at the server's pace: an open portal holds back vacuum and no time-out of
 * the server ends a stalled one, so nobody can make it wait. At most one chunk is held here.
 *
 * Resolves when the portal is closed and the client is ready again.
 */
export const drainPortal = (
  client: pg.Client,
  { sql, values, batch, emit, stop }: PortalRead,
): Promise<void> =>
  new Promise((resolve, reject) => {
    const rows$ = client.query(
      new QueryStream(sql, [...values], { batchSize: batch, rowMode: 'array', types: textTypes }),
    );
    let chunk: Row[] = [];
    const close = (): void => void rows$.destroy();
    rows$.on('data', (row: Row) => {
      chunk.push(row);
      if (chunk.length < batch) return;
      const full = chunk;
      chunk = [];
      emit(full);
    });
    rows$.on('end', () => {
      if (chunk.length > 0) emit(chunk);
    });
    let problem: Error | undefined;
    rows$.on('error', (error: Error) => (problem = error));
    rows$.on('close', () => {
      stop.removeEventListener('abort', close);
      if (problem) reject(problem);
      else resolve();
    });
    stop.addEventListener('abort', close, { once: true });
  });
