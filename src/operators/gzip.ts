import { gzip as zlibGzip } from 'node:zlib';
import { Observable, type OperatorFunction, concatMap } from 'rxjs';

/** Compresses one piece; emits the result once, then completes. */
export type Compress = (data: string | Uint8Array) => Observable<Uint8Array>;

export interface GzipOptions {
  /** From 0 (stored) to 9 (smallest). Default 1: nearly the size of 6 for JSON, at a third of the time. */
  readonly level?: number;
  /** Replaces zlib, whose thread pool knows no virtual time. */
  readonly compress?: Compress;
}

/**
 * Compresses each value to one gzip member (RFC 1952), in order, one at a time, off the event loop. Strings are UTF-8.
 *
 *     source     -a--b--------|
 *     compress    ---A|
 *                    ---B|
 *     result     ----A--B-----|
 *
 * Unsubscribing drops the result of the piece in work. Values that come faster than they are compressed are queued
 * without a bound: put it behind something that waits, such as `bufferWindow`'s `write`.
 */
export function gzip({ level = 1, compress = zlib(level) }: GzipOptions = {}): OperatorFunction<
  string | Uint8Array,
  Uint8Array
> {
  if (!(Number.isInteger(level) && level >= 0 && level <= 9)) {
    throw new TypeError(`level must be an integer from 0 to 9; it is ${level}.`);
  }
  return concatMap(compress);
}

const zlib =
  (level: number): Compress =>
  (data) =>
    new Observable((out) => {
      zlibGzip(data, { level }, (error, compressed) => {
        if (error) out.error(error);
        else {
          out.next(compressed);
          out.complete();
        }
      });
    });
