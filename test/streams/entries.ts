import type { Entry } from '../../src/schema/journal.ts';
import type { Counts, Json } from '../../src/schema/json.ts';
import type { Metric } from '../../src/schema/metric.ts';
import type { Header } from '../../src/schema/payload.ts';
import type { Receipt, Verdict } from '../../src/schema/receipt.ts';

/** Journal entries for tests, with everything that a test does not care about filled in. */

export const aMetric = (type = 'sysstat', fields: Record<string, Json> = {}): Metric => ({
  type,
  timestamp: '2026-01-02T03:04:05.678Z',
  ...fields,
});

export const aHeader = (counts: Counts, id = 'a1b2c3d4'): Header => ({
  id,
  collectorId: 'c',
  counts,
  seqs: [0, 0],
  rawBytes: 1_000,
  bytes: 400,
  createdAt: '2026-01-02T03:04:05.678Z',
  marks: {},
});

export const aReceipt = (
  header: Header,
  verdict: Verdict,
  fields: Partial<Receipt> = {},
): Receipt => ({
  header,
  attempt: 1,
  endpoint: 'https://backend.test/api/v1/metrics/push',
  status: 200,
  sentBytes: header.bytes,
  encoding: 'gzip',
  tookMs: 12,
  verdict,
  ...fields,
});

export const acked = (counts: Counts): Entry => ({
  at: 'acked',
  receipt: aReceipt(aHeader(counts), { is: 'delivered' }),
});
