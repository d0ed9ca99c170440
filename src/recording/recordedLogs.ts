import type { LogChunk, LogPlace, Logs } from '../ports/logs.ts';
import { maskLog } from './mask/maskLog.ts';
import type { Recorder } from './recorder.ts';

/** The stream of a followed log. */
export const logStream = ({ directory, suffix }: LogPlace): string =>
  `logs/${directory}/*${suffix}`;

/** A chunk in a recording: each character is one byte. */
export type RecordedChunk = Omit<LogChunk, 'bytes'> & { readonly text: string };

/** Records each chunk: its text masked, where its lines begin and end as it was. */
export const recordedLogs =
  (logs: Logs, { push }: Recorder): Logs =>
  (place, mark$, options) =>
    push(
      logStream(place),
      logs(place, mark$, options),
      ({ gap, bytes, ...chunk }) => {
        const text = bytes.toString('latin1');
        return {
          ...chunk,
          ...(gap && { gap: { ...gap } }),
          text: maskLog(text, place.suffix),
          starts: chunk.starts ?? startsOf(text, chunk.offset),
        };
      },
      { copyOf: (chunk) => ({ ...chunk, bytes: Buffer.from(chunk.bytes) }) },
    );

/** A chunk as it was recorded. */
export const replayedChunk = ({ text, ...chunk }: RecordedChunk): LogChunk => ({
  ...chunk,
  bytes: Buffer.from(text, 'latin1'),
});

/** Where the lines began before they were masked. */
function startsOf(text: string, offset: number): readonly number[] {
  const found: number[] = [];
  for (let at = 0; at < text.length; at = text.indexOf('\n', at) + 1) found.push(offset + at);
  return found;
}
