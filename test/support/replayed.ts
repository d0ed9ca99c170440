import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { type Observable, asyncScheduler } from 'rxjs';
import { replayedAgent } from '../../src/commands/replayedAgent.ts';
import { onReplayClock } from '../../src/io/replayClock.ts';
import { readRecording } from '../../src/recording/readRecording.ts';
import type { RecordingHeader } from '../../src/recording/recorded.ts';
import type { Entry } from '../../src/schema/journal.ts';
import type { AgentOptions } from '../../src/streams/agent.ts';
import { type GoldenLine, goldenLines } from './goldenLines.ts';
import { goldenDifference } from './goldenDifference.ts';

const folder = new URL('../recordings/', import.meta.url);

/** Writes golden files anew instead of comparing: `UPDATE_GOLDEN=1 npx vitest run test/recordings`. */
const updates = process.env['UPDATE_GOLDEN'] === '1';

export interface Replayed {
  /** Runs a topology on the recording, in virtual time. */
  readonly through: (topology: (options: AgentOptions) => Observable<Entry>) => ReplayedRun;
}

export interface ReplayedRun {
  /** What happened, one line each. */
  readonly lines: readonly GoldenLine[];
  readonly entries: readonly Entry[];
  /** Compares the lines with a golden file; an error tells what differs, line by line and field by field. */
  readonly matches: (golden: string) => ReplayedRun;
}

/**
 * A recording of test/recordings as a test:
 *
 *     replayed('deadlock-storm.ndjson').through(agent).matches('deadlock-storm.golden.ndjson');
 *
 * @param header what its first line shall say instead
 */
export function replayed(name: string, header: Partial<RecordingHeader> = {}): Replayed {
  const read = readRecording(readFileSync(new URL(name, folder), 'utf8'), name);
  const recording = { ...read, header: { ...read.header, ...header } };
  return {
    through: (topology) => {
      const noted: { t: number; entry: Entry }[] = [];
      const failure: { error?: unknown } = {};
      onReplayClock(replayedAgent({ recording, topology }), {
        startedAt: recording.startedAt,
        speed: Infinity,
      }).subscribe({
        next: (entry) => noted.push({ t: asyncScheduler.now() - recording.startedAt, entry }),
        error: (error: unknown) => (failure.error = error),
      });
      if ('error' in failure) throw failure.error;
      const lines = goldenLines(noted);
      const run: ReplayedRun = {
        lines,
        entries: noted.map(({ entry }) => entry),
        matches: (golden) => {
          compare(golden, lines);
          return run;
        },
      };
      return run;
    },
  };
}

function compare(golden: string, lines: readonly GoldenLine[]): void {
  const file = new URL(golden, folder);
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  if (updates) {
    writeFileSync(file, text);
    return;
  }
  if (!existsSync(file)) throw new Error(`${golden} is missing: UPDATE_GOLDEN=1 writes it`);
  const expected = readFileSync(file, 'utf8');
  if (expected === text) return;
  throw new Error(
    `${golden} differs (- expected, + replayed):\n${goldenDifference(expected, text)}`,
  );
}
