import { asyncScheduler } from 'rxjs';
import type { LogChunk, LogPlace } from '../../ports.ts';
import { assembleCsv } from '../../postgres/logs/assembleCsv.ts';
import { assembleJson } from '../../postgres/logs/assembleJson.ts';
import { assembleStderr } from '../../postgres/logs/assembleStderr.ts';
import type { Assembly } from '../../postgres/logs/assembly.ts';
import type { LogPosition } from '../../postgres/logs/entry.ts';
import type { Judge } from '../../postgres/logs/logHead.ts';
import { logTimestamp } from '../../postgres/logs/logTimestamp.ts';
import { compilePrefix } from '../../postgres/logs/prefix.ts';
import { textReader } from '../../postgres/logs/rawText.ts';
import type { Sample } from '../source.ts';
import type { FollowedLog } from './followedLog.ts';
import { judge } from './judge.ts';
import { type BatchRules, logBatch } from './logBatch.ts';
import type { LogProgress, LogSourceMark } from './logProgress.ts';

/** How often `step` is called with nothing, in ms. */
export const lookMs = 1000;

/** A metric goes out early when that much of the log was read for it, or that many bytes wait in it. */
const earlyReadBytes = 1_048_576;
const earlyBatchBytes = 196_608;

/** Makes samples of the chunks of one log. */
export interface LogReading {
  /** Takes what was read; with nothing, looks what has become due. */
  readonly step: (chunk: LogChunk | null, rules: BatchRules) => Sample[];
  /** All that is left: nothing more will come. */
  readonly flush: (rules: BatchRules) => Sample[];
}

/**
 * Reads one log from one position on: lines to entries, entries to metrics. The mark of each metric is the first byte
 * of the oldest entry that is in none yet.
 */
export function logReading(server: string, log: FollowedLog, progress: LogProgress): LogReading {
  const assembly = assemblyOf(log);
  const judgeOf = newestJudge();
  const batch = logBatch(server);
  /** When the files were last written, by their identity: the one that is read and those with open entries. */
  const modified = new Map<string, number>();
  let read: LogPosition | undefined;
  /** Where the metric to come begins. */
  let first: LogPosition | undefined;
  let bytes = 0;
  let since: number | undefined;

  const close = (at: LogPosition, samples: Sample[]): void => {
    const mark = markOf(log.place, at, modified);
    const last = progress.last(log.place);
    since = undefined;
    bytes = 0;
    if (batch.isEmpty() && last?.fileId === mark.fileId && last.offset === mark.offset) return;
    const size = batch.bytes();
    const metrics = batch.close(first ?? at, at);
    first = at;
    // The mark travels with the last of them: what is before it is read again after a crash between them.
    for (const [index, metric] of metrics.entries()) {
      samples.push(index === metrics.length - 1 ? { metric, mark } : { metric });
    }
    progress.emitted(mark, size);
  };
  const collect = (now: number, all: boolean, rules: BatchRules, samples: Sample[]): void => {
    for (const message of all ? assembly.flush() : assembly.take(now)) {
      if (batch.add(message, rules)) continue;
      close(message.position, samples);
      batch.add(message, rules);
    }
  };
  const take = (chunk: LogChunk, rules: BatchRules, now: number): void => {
    const { fileId, modifiedMs, end, offset } = chunk;
    modified.set(fileId, modifiedMs);
    first ??= { file_id: fileId, offset };
    assembly.push(chunk, judgeOf(rules), now);
    read = { file_id: fileId, offset: end };
    bytes += end - offset;
  };

  return {
    step: (chunk, rules) => {
      const now = asyncScheduler.now();
      const samples: Sample[] = [];
      if (chunk) {
        take(chunk, rules, now);
        since ??= now;
      }
      collect(now, false, rules, samples);
      // Looked at once a second: what would be too late at the next look is due now.
      const due = since !== undefined && now - since > rules.settings.interval * 1000 - lookMs;
      const at = assembly.oldest() ?? read;
      if (at && (due || bytes >= earlyReadBytes || batch.bytes() >= earlyBatchBytes)) {
        close(at, samples);
      }
      if (assembly.oldest() || !batch.isEmpty()) since ??= now;
      return samples;
    },
    flush: (rules) => {
      const samples: Sample[] = [];
      collect(asyncScheduler.now(), true, rules, samples);
      if (read) close(read, samples);
      return samples;
    },
  };
}

function assemblyOf({ format, prefix, major, zone, encoding }: FollowedLog): Assembly {
  const timestamp = logTimestamp(zone);
  const textOf = textReader(encoding);
  if (format === 'jsonlog') return assembleJson(timestamp, textOf);
  if (format === 'csvlog') return assembleCsv({ timestamp, textOf });
  return assembleStderr({ prefix: compilePrefix(prefix, major, textOf), timestamp, textOf });
}

/** The judge that the newest settings make; they rarely change. */
function newestJudge(): (rules: BatchRules) => Judge {
  let made: { settings: BatchRules['settings']; judge: Judge } | undefined;
  return ({ settings }) => {
    if (made?.settings !== settings) made = { settings, judge: judge(settings) };
    return made.judge;
  };
}

function markOf(
  { directory, suffix }: LogPlace,
  { file_id: fileId, offset }: LogPosition,
  modified: Map<string, number>,
): LogSourceMark {
  const modifiedMs = modified.get(fileId) ?? 0;
  // Files before this one have no open entries any more.
  for (const other of modified.keys()) {
    if (other === fileId) break;
    modified.delete(other);
  }
  return { directory, suffix, fileId, offset, modifiedMs };
}
