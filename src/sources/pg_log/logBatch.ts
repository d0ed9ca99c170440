import type { LogEntry } from '../../postgres/logs/entry.ts';
import { type Level, levelRank, levels } from '../../postgres/logs/level.ts';
import { redactEntry } from '../../postgres/logs/redactEntry.ts';
import type { Json } from '../../schema/json.ts';
import type { Metric } from '../../schema/metric.ts';
import { timestampNow } from '../timestamp.ts';
import { fitEntry } from './fitEntry.ts';
import type { PgLogSettings } from './pgLogSettings.ts';

/** Bytes of entries in one metric; with the fixed fields it stays below 256 KiB. */
const maxEntriesBytes = 245_760;

/** What is done with entries at this moment. */
export interface BatchRules {
  readonly settings: PgLogSettings;
  readonly redact: boolean;
}

/** The entries and counts of the metric to come. */
export interface LogBatch {
  /** Counts an entry and keeps it if it is to be sent. False, and nothing done, where this metric is full. */
  readonly add: (entry: LogEntry, rules: BatchRules) => boolean;
  readonly isEmpty: () => boolean;
  /** Bytes of the entries so far. */
  readonly bytes: () => number;
  /** The metric; the batch is empty afterwards. */
  readonly close: () => Metric;
}

/** Collects the entries of one server into metrics that are small enough to be sent. */
export function logBatch(server: string): LogBatch {
  let entries: LogEntry[] = [];
  let counts = noCounts();
  let total = 0;
  let bytes = 0;
  return {
    add: (entry, { settings, redact }) => {
      if (levelRank(entry.level) >= levelRank(settings.min_level)) {
        const fitted = fitEntry(redact ? redactEntry(entry) : entry);
        const full =
          entries.length >= settings.max_entries || bytes + fitted.bytes > maxEntriesBytes;
        if (full && entries.length > 0) return false;
        entries.push(fitted.entry);
        bytes += fitted.bytes + 1;
      }
      counts[entry.level]++;
      total++;
      return true;
    },
    isEmpty: () => total === 0,
    bytes: () => bytes,
    close: () => {
      const metric = {
        type: 'pg_log',
        timestamp: timestampNow(),
        server,
        database: commonDatabase(entries),
        counts,
        filtered: total - entries.length,
        entries: entries as unknown as Json,
      };
      entries = [];
      counts = noCounts();
      total = bytes = 0;
      return metric;
    },
  };
}

const noCounts = (): Record<Level, number> =>
  Object.fromEntries(levels.map((level) => [level, 0])) as Record<Level, number>;

const commonDatabase = ([first, ...others]: readonly LogEntry[]): string | null =>
  others.every(({ database }) => database === first?.database) ? (first?.database ?? null) : null;
