import { type Observable, concatMap, defer, map, of } from 'rxjs';
import { type Decompress, gunzip } from '../operators/gunzip.ts';
import { type Compress, gzip } from '../operators/gzip.ts';
import { withCollectorId } from '../schema/envelope.ts';
import type { Payload } from '../schema/payload.ts';

export type Encoding = 'gzip' | 'identity';

export interface Zlib {
  readonly compress?: Compress;
  readonly decompress?: Decompress;
}

/** The bytes to send: the payload's own where they fit, else decoded, named after the collector and encoded anew. */
export function bodyFor(
  { header, body }: Payload,
  collectorId: string,
  encoding: Encoding,
  { compress, decompress }: Zlib,
): Observable<Uint8Array> {
  const ours = header.collectorId === collectorId;
  if (ours && encoding === 'gzip') return of(body);
  return of(body).pipe(
    gunzip(decompress ? { decompress } : {}),
    map((plain) =>
      ours ? plain : Buffer.from(withCollectorId(Buffer.from(plain).toString('utf8'), collectorId)),
    ),
    concatMap((plain) =>
      defer(() =>
        encoding === 'identity' ? of(plain) : of(plain).pipe(gzip(compress ? { compress } : {})),
      ),
    ),
  );
}
