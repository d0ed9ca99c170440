import type { LogPlace, Logs } from '../ports.ts';
import { maskLog } from './mask/maskLog.ts';
import type { Recorder } from './recorder.ts';

/** The stream of a followed log. */
export const logStream = ({ directory, suffix }: LogPlace): string =>
  `logs/${directory}/*${suffix}`;

/** Records each chunk: its text masked, where its lines begin and end as it was. */
export const recordedLogs =
  (logs: Logs, { push }: Recorder): Logs =>
  (place, mark$) =>
    push(logStream(place), logs(place, mark$), (chunk) => ({
      ...chunk,
      text: maskLog(chunk.text, place.suffix),
    }));
