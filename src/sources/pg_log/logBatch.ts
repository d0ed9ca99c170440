import type { Assembled } from '../../postgres/logs/assembly.ts';
import type { LogEntry, LogPosition } from '../../postgres/logs/entry.ts';
import { type Level, levels } from '../../postgres/logs/level.ts';
import type { LogHead } from '../../postgres/logs/logHead.ts';
import { redactEntry } from '../../postgres/logs/redactEntry.ts';
import type { RedactMode } from '../../postgres/logs/redactMode.ts';
import type { Json } from '../../schema/json.ts';
import type { Metric } from '../../schema/metric.ts';
import { timestampNow } from '../timestamp.ts';
import { classLimit } from './classLimit.ts';
import { describeEntry } from './describeEntry.ts';
import { fitEntry } from './fitEntry.ts';
import { type Outcome, logStats } from './logStats.ts';
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
  let counts = noCounts();
  let total = 0;
  let dropped = 0;
  let unknown = 0;
  let bytes = 0;
  let refused: Assembled | undefined;

  const count = (
    head: LogHead,
    outcome: Outcome,
    messages: number,
    durationMs: number | null,
  ): void => {
    counts[head.level] += messages;
    total += messages;
    if (outcome === 'dropped') dropped += messages;
    if (head.event === undefined) unknown += messages;
    stats.add(head, outcome, messages, durationMs);
  };
  const isFull = (size: number, { settings }: BatchRules): boolean =>
    entries.length > 0 &&
    (entries.length >= settings.max_entries || bytes + size > maxEntriesBytes);

  return {
    add: (message, rules) => {
      if (message.entry === null) {
        for (const { head, count: messages, duration_ms } of message.counts) {
          count(head, 'filtered', messages, duration_ms);
        }
        return true;
      }
      const { head, entry } = message;
      const durationMs = entry.duration_ms ?? null;
      // What was refused comes again: the limits were asked about it before.
      if (message !== refused) {
        const { max_per_second, sample_every } = rules.settings;
        if (
          !sampled(head, sample_every) ||
          !withinLimit(head, entry.timestamp ?? timestampNow(), max_per_second)
        ) {
          count(head, 'dropped', 1, durationMs);
          return true;
        }
      }
      if (message !== refused) {
        describeEntry(entry);
        redactEntry(entry, rules.redact);
      }
      const fitted = fitEntry(entry);
      if (isFull(fitted.bytes, rules)) {
        refused = message;
        return false;
      }
      entries.push(fitted.entry);
      bytes += fitted.bytes + 1;
      count(head, 'sent', 1, durationMs);
      return true;
    },
    isEmpty: () => total === 0,
    bytes: () => bytes,
    close: (from, to) => {
      const metric = {
        type: 'pg_log',
        timestamp: timestampNow(),
        server,
        database: commonDatabase(entries),
        counts,
        filtered: total - entries.length,
        dropped,
        unknown,
        entries: entries as unknown as Json,
      };
      const metrics = stats.isEmpty() ? [metric] : [stats.close(from, to), metric];
      entries = [];
      counts = noCounts();
      total = dropped = unknown = bytes = 0;
      return metrics;
    },
  };
}

const noCounts = (): Record<Level, number> =>
  Object.fromEntries(levels.map((level) => [level, 0])) as Record<Level, number>;

function commonDatabase(entries: readonly LogEntry[]): string | null {
  const first = entries[0]?.database;
  return entries.every(({ database }) => database === first) ? (first ?? null) : null;
}
