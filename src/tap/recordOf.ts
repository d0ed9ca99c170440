import type { Entry } from '../schema/journal.ts';
import { type Counts, type Json, sumOf } from '../schema/json.ts';
import type { Metric } from '../schema/metric.ts';
import type { Header } from '../schema/payload.ts';
import type { Receipt } from '../schema/receipt.ts';

/** Fields that conditions and programs see. */
export type TapRecord = Readonly<Record<string, Json>>;

/**
 * What a journal entry says, as flat fields: `at` and the metric's own; or of a payload its id, counts and bytes; of an
 * attempt the endpoint, status, round trip (ms) and verdict too; of a loss the reason.
 */
export function recordOf(entry: Entry): TapRecord {
  switch (entry.at) {
    case 'source':
      return { at: entry.at, ...entry.metric };
    case 'validated':
      return { at: entry.at, metric_seq: entry.line.seq, ...entry.metric };
    case 'batched':
    case 'spooled':
      return { at: entry.at, ...payloadFields(entry.header) };
    case 'sent':
    case 'acked':
      return { at: entry.at, ...receiptFields(entry.receipt) };
    case 'set_aside':
      return { at: entry.at, reason: entry.reason, ...payloadFields(entry.header) };
    case 'dropped': {
      const { from, reason, problem = null, counts, metric } = entry;
      const shown = metric === undefined ? {} : { metric };
      return { at: entry.at, from, reason, problem, ...countFields(counts), ...shown };
    }
    case 'cost':
      return { at: entry.at, server: entry.server, cost: entry.cost as unknown as Json };
    case 'ended':
      return { at: entry.at, books: entry.books as unknown as Json };
    default:
      return entry;
  }
}

const countFields = (counts: Counts): TapRecord => ({
  metrics: sumOf(counts),
  types: Object.keys(counts),
});

const payloadFields = ({ id, counts, seqs, rawBytes, bytes, createdAt }: Header): TapRecord => ({
  payload: id,
  ...countFields(counts),
  metric_seqs: seqs,
  raw_bytes: rawBytes,
  gzip_bytes: bytes,
  created_at: createdAt,
});

const receiptFields = (receipt: Receipt): TapRecord => ({
  ...payloadFields(receipt.header),
  endpoint: receipt.endpoint,
  status: receipt.status,
  attempt: receipt.attempt,
  sent_bytes: receipt.sentBytes,
  encoding: receipt.encoding,
  took_ms: receipt.tookMs,
  verdict: receipt.verdict.is,
  cause: causeOf(receipt),
});

/** Why an attempt did not deliver; null where it did, or where the verdict says all. */
export const causeOf = ({ verdict }: Receipt): string | null =>
  'cause' in verdict ? verdict.cause : 'reason' in verdict ? verdict.reason : null;

/** The metric that an entry is about; undefined where it is about none, or about several. */
export const metricOf = (entry: Entry): Metric | undefined =>
  'metric' in entry ? entry.metric : undefined;
