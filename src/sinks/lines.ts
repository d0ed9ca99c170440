import { defer, map, of } from 'rxjs';
import { type Decompress, gunzip } from '../operators/gunzip.ts';
import { steadyClock } from '../operators/steadyClock.ts';
import type { Sink } from './sink.ts';

export interface LinesOptions {
  /** Takes the exact JSON text of one push body, without a line end. */
  readonly write: (body: string) => void;
  /** Default: zlib. */
  readonly decompress?: Decompress;
}

/** Hands each payload's body to `write` instead of sending it, and calls it delivered. */
export function lines({ write, decompress }: LinesOptions): Sink {
  return (payload, attempt) =>
    defer(() => {
      const passed = steadyClock();
      return of(payload.body).pipe(
        gunzip(decompress ? { decompress } : {}),
        map((body) => {
          write(Buffer.from(body).toString('utf8'));
          return {
            header: payload.header,
            attempt,
            endpoint: 'output',
            status: null,
            sentBytes: body.length,
            encoding: 'identity' as const,
            tookMs: passed(),
            verdict: { is: 'delivered' as const },
          };
        }),
      );
    });
}
