import { steadyClock } from '../../operators/steadyClock.ts';
import type { LogChunk, LogGap } from '../../ports/logs.ts';
import { announcedPrefix } from '../../postgres/logs/prefix/anyPrefix.ts';
import type { LogPosition } from '../../postgres/logs/entry.ts';
import type { Judge } from '../../postgres/logs/logHead.ts';
import type { Metric } from '../../schema/metric.ts';
import type { Sample } from '../source.ts';
import type { FollowedLog } from './followedLog.ts';
import { judge } from './judge.ts';
import { lastTime, linesAfter } from './lineTimes.ts';
import { type BatchRules, logBatch } from './logBatch.ts';
import { logMarks } from './logMarks.ts';
import type { LogProgress } from './logProgress.ts';
import { logReader } from './logReader.ts';
import { lostLines } from './lostLines.ts';
import { tellsReload } from './tellsReload.ts';
import { withGaps } from './withGaps.ts';

/** How often `step` is called with nothing, in ms. */
export const lookMs = 1000;

/** A metric goes out early when that much of the log was read for it, or that many bytes wait in it. */
const earlyReadBytes = 1_048_576;
const earlyBatchBytes = 196_608;
/** So much of what was read last is kept to find its time. */
const tailBytes = 4096;

/** Makes samples of the chunks of one log. */
export interface LogReading {
  /** Takes what was read; with nothing, looks what has become due. */
  readonly step: (chunk: LogChunk | null, rules: BatchRules) => Sample[];
  /** All that is left: nothing more will come. */
  readonly flush: (rules: BatchRules) => Sample[];
}

export interface LogReadingOptions {
  /** What was written until then was read elsewhere: a time as the log has it. */
  readonly after?: string | undefined;
  /** Told when the log says that the server has read its configuration anew. */
  readonly onReload?: () => void;
}

/**
 * Reads one log from one position on: lines to entries, entries to metrics. The mark of each metric is the first byte
 * of the oldest entry that is in none yet.
 */
export function logReading(
  server: string,
  log: FollowedLog,
  progress: LogProgress,
  { after, onReload }: LogReadingOptions = {},
): LogReading {
  const { assembly, prefix, addPrefix } = logReader(log);
  const judgeOf = newestJudge();
  const batch = logBatch(server);
  const marks = logMarks(log);
  const isPrefixed = log.format === 'stderr' || log.format === 'syslog';
  const missing = isPrefixed && /%-?\d*l/.test(log.prefix) ? lostLines(prefix) : undefined;
  let gaps: LogGap[] = [];
  let lost = 0;
  let limit = after;
  const tail = Buffer.alloc(tailBytes);
  let tailLength = 0;
  let read: LogPosition | undefined;
  /** Where the metric to come begins. */
  let first: LogPosition | undefined;
  let bytes = 0;
  const clock = steadyClock();
  let since: number | undefined;

  const close = (at: LogPosition, samples: Sample[]): void => {
    const time =
      lastTime(tail.toString('latin1', 0, tailLength)) ?? progress.newest()?.time ?? null;
    const mark = { ...marks.at(at), time };
    const last = progress.last(log.place);
    since = undefined;
    bytes = 0;
    const isEmpty = batch.isEmpty() && gaps.length === 0 && lost === 0;
    if (isEmpty && last?.fileId === mark.fileId && last.offset === mark.offset) return;
    const size = batch.bytes();
    const metrics = batch.close(first ?? at, at);
    first = at;
    // The mark travels with the last of them, and none becomes durable without it: each is counted once.
    for (const [index, metric] of metrics.entries()) {
      if (index < metrics.length - 1) samples.push({ metric, withNext: true });
      else {
        const whole = withGaps(metric, gaps, lost);
        samples.push(
          hasPanic(metric) ? { metric: whole, mark, urgent: true } : { metric: whole, mark },
        );
      }
    }
    gaps = [];
    lost = 0;
    progress.emitted(mark, size);
  };
  const collect = (now: number, all: boolean, rules: BatchRules, samples: Sample[]): void => {
    for (const message of all ? assembly.flush() : assembly.take(now)) {
      if (tellsReload(message)) onReload?.();
      if (batch.add(message, rules)) continue;
      close(message.position, samples);
      batch.add(message, rules);
    }
  };
  const take = (given: LogChunk, rules: BatchRules, now: number): void => {
    const chunk = limit === undefined ? given : linesAfter(given, limit);
    const { fileId, end, offset, gap } = chunk;
    const length = chunk.bytes.length;
    if (length > 0) limit = undefined;
    marks.take(chunk);
    first ??= { file_id: fileId, offset };
    const announced = isPrefixed ? announcedPrefix(chunk.bytes) : undefined;
    if (announced !== undefined) addPrefix(announced);
    if (gap) gaps.push(gap);
    if (missing) lost += missing.found(chunk);
    assembly.push(chunk, judgeOf(rules), now, rules.redact);
    read = { file_id: fileId, offset: end };
    bytes += end - offset;
    if (length > 0) tailLength = chunk.bytes.copy(tail, 0, Math.max(0, length - tailBytes));
  };

  return {
    step: (chunk, rules) => {
      const now = clock();
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
      if (assembly.oldest() || !batch.isEmpty() || gaps.length > 0) since ??= now;
      return samples;
    },
    flush: (rules) => {
      const samples: Sample[] = [];
      collect(clock(), true, rules, samples);
      if (read) close(read, samples);
      return samples;
    },
  };
}

/** The judge that the newest settings make; they rarely change. */
function newestJudge(): (rules: BatchRules) => Judge {
  let made: { settings: BatchRules['settings']; judge: Judge } | undefined;
  return ({ settings }) => {
    if (made?.settings !== settings) made = { settings, judge: judge(settings) };
    return made.judge;
  };
}

/** The server has given up: that leaves at once, whatever entries are sent. */
const hasPanic = ({ counts }: Metric): boolean =>
  ((counts as Readonly<Record<string, number>> | undefined)?.['PANIC'] ?? 0) > 0;
