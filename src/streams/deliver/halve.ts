import { type Observable, concatMap, forkJoin, map, of } from 'rxjs';
import { gunzip } from '../../operators/gunzip.ts';
import { gzip } from '../../operators/gzip.ts';
import { type Envelope, readEnvelope, writeEnvelope } from '../../schema/envelope.ts';
import type { Counts } from '../../schema/json.ts';
import type { Header, Payload } from '../../schema/payload.ts';
import type { Zlib } from '../../sinks/bodyFor.ts';

/**
 * Cuts a payload of at least two metrics into two: the first half of its metrics and the rest, in order, byte for byte.
 *
 * The halves' ids are `<id>.0` and `<id>.1`, so that a repeated cut makes the same ids. Both carry the parent's marks: they
 * become durable together. Errors where the body is no gzip of a push body.
 */
export function halve(
  payload: Payload,
  { compress, decompress }: Zlib = {},
): Observable<readonly [Payload, Payload]> {
  return of(payload.body).pipe(
    gunzip(decompress ? { decompress } : {}),
    concatMap((plain) => {
      const envelope = readEnvelope(Buffer.from(plain).toString('utf8'));
      const middle = Math.ceil(envelope.metrics.length / 2);
      function half(index: 0 | 1): Observable<Payload> {
        const [from, to] = index === 0 ? [0, middle] : [middle, envelope.metrics.length];
        const part = { ...envelope, metrics: envelope.metrics.slice(from, to) };
        const raw = Buffer.from(writeEnvelope(part));
        return of(raw).pipe(
          gzip(compress ? { compress } : {}),
          map((body) => ({
            header: headerOf(payload.header, index, part, raw.length, body.length, from, to),
            body,
          })),
        );
      }
      return forkJoin([half(0), half(1)]);
    }),
  );
}

function headerOf(
  parent: Header,
  index: 0 | 1,
  { metrics }: Envelope,
  rawBytes: number,
  bytes: number,
  from: number,
  to: number,
): Header {
  const [first, last] = parent.seqs;
  const total = Object.values(parent.counts).reduce((sum, count) => sum + count, 0);
  // Numbers have gaps where metrics were refused or dropped; then a half can only name the range of the whole.
  const dense = last - first + 1 === total;
  return {
    ...parent,
    id: `${parent.id}.${index}`,
    parent: parent.id,
    counts: countsOf(metrics),
    seqs: dense ? [first + from, first + to - 1] : parent.seqs,
    rawBytes,
    bytes,
  };
}

function countsOf(metrics: readonly string[]): Counts {
  const counts: Record<string, number> = {};
  for (const metric of metrics) {
    const { type } = JSON.parse(metric) as { readonly type: string };
    counts[type] = (counts[type] ?? 0) + 1;
  }
  return counts;
}
