import type { Assembled } from '../../postgres/logs/assembly.ts';
import type { LogEntry, LogPosition } from '../../postgres/logs/entry.ts';
import { redactEntry } from '../../postgres/logs/redaction/redactEntry.ts';
import type { RedactMode } from '../../postgres/logs/redaction/redactMode.ts';
import type { Json } from '../../schema/json.ts';
import type { Metric } from '../../schema/metric.ts';
import { timestampNow } from '../timestamp.ts';
import { classLimit } from './classLimit.ts';
import { describeEntry } from './describeEntry.ts';
import { fitEntry } from './fitEntry.ts';
import { logStats } from './logStats.ts';
import type { PgLogSettings } from './pgLogSettings.ts';
import { sampling } from './sampling.ts';

/** Bytes of entries in one metric; with the fixed fields it stays below 256 KiB. */
const maxEntriesBytes = 245_760;

/** What is done with entries at this moment. */
export interface BatchRules {
  readonly settings: PgLogSettings;
  readonly redact: RedactMode;
}

/** The entries and counts of the metrics to come. */
export interface LogBatch {
  /** Counts a message, or several that are only counted, and keeps its entry if it is to be sent. False, and nothing done, where this metric is full. */
  readonly add: (message: Assembled, rules: BatchRules) => boolean;
  readonly isEmpty: () => boolean;
  /** Bytes of the entries so far. */
  readonly bytes: () => number;
  /** The metrics of this part of the log, `pg_log` last; the batch is empty afterwards. */
  readonly close: (from: LogPosition, to: LogPosition) => readonly Metric[];
}

/** Collects the messages of one server into metrics that are small enough to be sent. */
export function logBatch(server: string): LogBatch {
  const withinLimit = classLimit();
  const sampled = sampling();
  const stats = logStats(server);
  let entries: LogEntry[] = [];
  /** Of all entries so far; null where they are of several, or of none. */
  let database: string | null = null;
  let bytes = 0;
  let refused: Assembled | undefined;

  const isFull = (size: number, { settings }: BatchRules): boolean =>
    entries.length > 0 &&
    (entries.length >= settings.max_entries || bytes + size > maxEntriesBytes);

  return {
    add: (message, rules) => {
      if (message.entry === null) {
        for (const { head, count: messages, duration_ms } of message.counts) {
          stats.add(head, 'filtered', messages, duration_ms);
        }
        return true;
      }
      const { head, entry, redactedBytes } = message;
      const durationMs = entry.duration_ms ?? null;
      // What was refused comes again: the limits were asked about it before.
      if (message !== refused) {
        const { max_per_second, sample_every } = rules.settings;
        if (
          !sampled(head, sample_every) ||
          !withinLimit(head, entry.timestamp ?? timestampNow(), max_per_second)
        ) {
          stats.add(head, 'dropped', 1, durationMs);
          return true;
        }
      }
      if (message !== refused) {
        describeEntry(entry, message.fields);
        redactEntry(entry, rules.redact, redactedBytes !== undefined);
      }
      const fitted = fitEntry(entry, redactedBytes);
      if (isFull(fitted.bytes, rules)) {
        refused = message;
        return false;
      }
      if (entries.length === 0) database = head.database ?? null;
      else if (database !== null && head.database !== database) database = null;
      entries.push(fitted.entry);
      bytes += fitted.bytes + 1;
      stats.add(head, 'sent', 1, durationMs);
      return true;
    },
    isEmpty: stats.isEmpty,
    bytes: () => bytes,
    close: (from, to) => {
      const { counts, total, dropped, unknown } = stats.sums();
      const metric = {
        type: 'pg_log',
        timestamp: timestampNow(),
        server,
        database,
        counts,
        filtered: total - entries.length,
        dropped,
        unknown,
        entries: entries as unknown as Json,
      };
      const metrics = stats.isEmpty() ? [metric] : [stats.close(from, to), metric];
      entries = [];
      database = null;
      bytes = 0;
      return metrics;
    },
  };
}
