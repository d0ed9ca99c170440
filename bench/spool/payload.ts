import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { writeEnvelope } from '../../src/schema/envelope.ts';
import type { Payload } from '../../src/schema/payload.ts';

/** A window of 100 metrics with random numbers, so that it does not shrink to nothing: about 15 kB. */
export function payload(collectorId: string): Payload {
  const createdAt = new Date().toISOString();
  const metrics = Array.from({ length: 100 }, (_, index) =>
    JSON.stringify({
      type: index % 2 === 0 ? 'sysstat' : 'agent',
      timestamp: createdAt,
      host: 'bench',
      index,
      values: Array.from({ length: 20 }, () => Math.random()),
    }),
  );
  const raw = writeEnvelope({
    ...{ collector_id: collectorId, hostname: 'bench', timestamp: createdAt, version: '1' },
    metrics,
  });
  const body = gzipSync(raw);
  return {
    body,
    header: {
      ...{ id: randomUUID(), collectorId, counts: { sysstat: 50, agent: 50 }, seqs: [0, 99] },
      ...{ rawBytes: raw.length, bytes: body.length, createdAt },
      marks: {
        'main/pg_log': { fileId: '259:1:4711', offset: 123_456, modifiedMs: 1_700_000_000_000 },
      },
    },
  };
}
