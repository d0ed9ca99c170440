import { asyncScheduler } from 'rxjs';
import type { LogChunk, LogPlace } from '../../ports.ts';
import { assembleJson } from '../../postgres/logs/assembleJson.ts';
import { assembleStderr } from '../../postgres/logs/assembleStderr.ts';
import type { LogPosition } from '../../postgres/logs/entry.ts';
import { logTimestamp } from '../../postgres/logs/logTimestamp.ts';
import { compilePrefix } from '../../postgres/logs/prefix.ts';
import type { Sample } from '../source.ts';
import type { FollowedLog } from './followedLog.ts';
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
  const timestamp = logTimestamp(log.zone);
  const assembly =
    log.format === 'jsonlog'
      ? assembleJson(timestamp)
      : assembleStderr({ prefix: compilePrefix(log.prefix, log.major), timestamp });
  const batch = logBatch(server);
  /** When the files were last written, by their identity: the one that is read and those with open entries. */
  const modified = new Map<string, number>();
  let read: LogPosition | undefined;
  let bytes = 0;
  let since: number | undefined;

  const close = (at: LogPosition, samples: Sample[]): void => {
    const mark = markOf(log.place, at, modified);
    const last = progress.last(log.place);
    since = undefined;
    bytes = 0;
    if (batch.isEmpty() && last?.fileId === mark.fileId && last.offset === mark.offset) return;
    const size = batch.bytes();
    samples.push({ metric: batch.close(), mark });
    progress.emitted(mark, size);
  };
  const collect = (now: number, all: boolean, rules: BatchRules, samples: Sample[]): void => {
    for (const entry of all ? assembly.flush() : assembly.take(now)) {
      if (batch.add(entry, rules)) continue;
      close(entry.position, samples);
      batch.add(entry, rules);
    }
  };
  const take = (
    { fileId, modifiedMs, text, starts, end, offset, cut }: LogChunk,
    now: number,
  ): void => {
    modified.set(fileId, modifiedMs);
    let from = 0;
    for (const start of starts) {
      const newline = text.indexOf('\n', from);
      assembly.push(text.slice(from, newline), { file_id: fileId, offset: start }, cut, now);
      from = newline + 1;
    }
    read = { file_id: fileId, offset: end };
    bytes += end - offset;
  };

  return {
    step: (chunk, rules) => {
      const now = asyncScheduler.now();
      const samples: Sample[] = [];
      if (chunk) {
        take(chunk, now);
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
