import { asyncScheduler } from 'rxjs';
import { type RecordingFile, openRecording } from '../io/recordingFile.ts';
import type { RecordChoice } from './recordChoice.ts';
import type { World } from './world.ts';

/**
 * Opens the file of a recording, says so, and says it where the file ends before the recording does.
 *
 * @param startedAt from when its records count, ms since 1970
 * @throws FileError where it exists or cannot be created
 */
export function recordingTo(
  { file: path, maxBytes }: RecordChoice,
  { log }: Pick<World, 'log'>,
  startedAt: number,
): RecordingFile {
  const say = (level: 'info' | 'warn', message: string): void =>
    log.write({ level, unit: 'recording', message });
  const file = openRecording(path, {
    maxBytes,
    truncated: () => {
      const t = Math.round(asyncScheduler.now() - startedAt);
      return JSON.stringify({ t, stream: 'truncated', kind: 'C' });
    },
    onError: ({ message }) => say('warn', `${message}; the recording ends here`),
  });
  say('info', `records into ${path}`);
  let whole = true;
  return {
    ...file,
    write: (line) => {
      if (!whole) return false;
      whole = file.write(line);
      if (!whole) say('warn', `${path} has reached its bound; the agent goes on`);
      return whole;
    },
  };
}
