import type { LogChunk, LogPlace, Logs } from '../ports/logs.ts';
import { maskLog } from './mask/maskLog.ts';
import type { Recorder } from './recorder.ts';

/** The stream of a followed log. */
export const logStream = ({ directory, suffix }: LogPlace): string =>
  `logs/${directory}/*${suffix}`;

/** Records each chunk: its text masked, where its lines begin and end as it was. */
export const recordedLogs =
  (logs: Logs, { push }: Recorder): Logs =>
  (place, mark$, options) =>
    push(logStream(place), logs(place, mark$, options), ({ gap, ...chunk }) => ({
      ...chunk,
      ...(gap && { gap: { ...gap } }),
      text: maskLog(chunk.text, place.suffix),
      starts: startsOf(chunk),
    }));

/** Where the lines began before they were masked. */
function startsOf({ text, offset, starts }: LogChunk): readonly number[] {
  if (starts) return starts;
  const found: number[] = [];
  for (let at = 0; at < text.length; at = text.indexOf('\n', at) + 1) found.push(offset + at);
  return found;
}
