import { type Observable, asyncScheduler, defer, map, of } from 'rxjs';
import { type Compress, gzip } from '../../operators/gzip.ts';
import { writeEnvelope } from '../../schema/envelope.ts';
import type { Payload } from '../../schema/payload.ts';

export interface HeartbeatOptions {
  readonly hostname: string;
  readonly version: string;
  /** A new random id at each call. */
  readonly newId: () => string;
  readonly compress?: Compress;
}

/**
 * A push without metrics, made anew at each subscription: tells the backend that this host lives.
 *
 * It names no collector: the sink fills in the id that its token is for.
 */
export function heartbeat({
  hostname,
  version,
  newId,
  compress,
}: HeartbeatOptions): Observable<Payload> {
  return defer(() => {
    const timestamp = new Date(asyncScheduler.now()).toISOString();
    const raw = writeEnvelope({ collector_id: '', hostname, timestamp, version, metrics: [] });
    return of(raw).pipe(
      gzip(compress ? { compress } : {}),
      map((body) => ({
        header: {
          id: newId(),
          collectorId: '',
          counts: {},
          seqs: [0, 0] as const,
          rawBytes: raw.length,
          bytes: body.length,
          createdAt: timestamp,
          marks: {},
        },
        body,
      })),
    );
  });
}
