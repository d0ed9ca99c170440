import { gunzip as zlibGunzip } from 'node:zlib';
import { Observable, type OperatorFunction, concatMap } from 'rxjs';

/** Decompresses one piece; emits the result once, then completes. */
export type Decompress = (data: Uint8Array) => Observable<Uint8Array>;

export interface GunzipOptions {
  /** Most bytes of a result; more is an error. Default 16 MiB: a small piece can hold a huge one. */
  readonly maxBytes?: number;
  /** Replaces zlib, whose thread pool knows no virtual time. */
  readonly decompress?: Decompress;
}

/**
 * Decompresses each value from gzip (RFC 1952), in order, one at a time, off the event loop.
 *
 *     source       -A--B--------|
 *     decompress    ---a|
 *                      ---b|
 *     result       ----a--b-----|
 *
 * Errors with zlib's error where a value is no gzip, is cut off, or holds more than `maxBytes`. Unsubscribing drops the
 * result of the piece in work.
 */
export function gunzip({
  maxBytes = 16_777_216,
  decompress = zlib(maxBytes),
}: GunzipOptions = {}): OperatorFunction<Uint8Array, Uint8Array> {
  return concatMap(decompress);
}

const zlib =
  (maxOutputLength: number): Decompress =>
  (data) =>
    new Observable((out) => {
      zlibGunzip(data, { maxOutputLength }, (error, plain) => {
        if (error) out.error(error);
        else {
          out.next(plain);
          out.complete();
        }
      });
    });
