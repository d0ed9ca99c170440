import { EMPTY, type Observable, asyncScheduler } from 'rxjs';
import { UsageError } from '../errors.ts';
import type { RecordingFile } from '../io/recordingFile.ts';
import { printable } from '../schema/printable.ts';
import { readWire } from '../tap/wire.ts';
import type { RecordChoice } from './recordChoice.ts';
import { recordingTo } from './recordingTo.ts';
import type { World } from './world.ts';

/** The lines that an agent gives to a recorder, on their way into a file. */
export interface RecordedLines {
  /** Takes one; false: no more of them is wanted. Throws `UsageError` where the agent refuses, `FileError` as the file does. */
  readonly take: (text: string) => boolean;
  /** Whether the recording ended as it should: the agent ended, or the bound was reached. */
  readonly isOver: () => boolean;
  /** Emits once all is written. */
  readonly close: () => Observable<void>;
}

/** Writes what an agent gives; the file is made when the agent has answered. `path`: of its socket. */
export function recordedLines(
  choice: RecordChoice,
  { path, log }: { readonly path: string; readonly log: World['log'] },
): RecordedLines {
  const say = (level: 'info' | 'warn', message: string): void =>
    log.write({ level, unit: 'recording', message });
  let file: RecordingFile | undefined;
  let startedAt = 0;
  let over = false;
  const end = (): false => {
    over = true;
    return false;
  };
  const other = (text: string): boolean => {
    const wire = readWire(text);
    if ('problem' in wire) throw new UsageError(`the agent cannot be recorded: ${wire.problem}`);
    if ('hello' in wire) {
      say('info', `attached to the agent at ${path} (pid ${wire.pid}, ${printable(wire.version)})`);
    } else if ('skipped' in wire) {
      const t = Math.round(asyncScheduler.now() - startedAt);
      file?.write(JSON.stringify({ t, stream: 'truncated', kind: 'C' }));
      say('warn', 'this process was too slow for the agent; the recording ends here');
      return end();
    } else if ('end' in wire) {
      say('info', 'the agent has ended');
      return end();
    }
    return true;
  };
  const lines: RecordedLines = {
    take: (text) => {
      if (text.startsWith('{"t":')) return file?.write(text) || end();
      if (!text.startsWith('{"recording":')) return other(text);
      startedAt = Date.parse((JSON.parse(text) as { startedAt: string }).startedAt);
      file = recordingTo(choice, { log }, startedAt);
      return file.write(text);
    },
    isOver: () => over,
    close: () => file?.close() ?? EMPTY,
  };
  return lines;
}
