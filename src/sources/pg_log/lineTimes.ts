import type { LogChunk } from '../../ports/logs.ts';

/** Where a line tells its time, in all formats: local to the server, so that its texts can be compared. */
const time = /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{3})?/;
/** It stands before the message. */
const headChars = 300;

const timeOf = (text: string, from: number): string | undefined =>
  text.charCodeAt(from) === 9 ? undefined : time.exec(text.slice(from, from + headChars))?.[0];

/** The time of the last line that has one, as it is written; undefined where none has. */
export function lastTime(text: string): string | undefined {
  for (let end = text.length - 1; end > 0;) {
    const from = text.lastIndexOf('\n', end - 1) + 1;
    const found = timeOf(text, from);
    // By itself: a part of the text would keep the whole of it in memory.
    if (found !== undefined) return Buffer.from(found).toString();
    end = from - 1;
  }
  return undefined;
}

/**
 * What of a chunk was written after a time: where another format of the same log was read until then, the rest was read
 * already.
 */
export function linesAfter(chunk: LogChunk, last: string): LogChunk {
  const { bytes, offset, end, starts } = chunk;
  const text = bytes.toString('latin1');
  let line = 0;
  for (let from = 0; from < text.length; line++) {
    const found = timeOf(text, from);
    if (found !== undefined && isAfter(found, last)) {
      if (from === 0) return chunk;
      const rest = starts?.slice(line);
      const begin = rest?.[0] ?? offset + from;
      return {
        ...chunk,
        offset: begin,
        bytes: bytes.subarray(from),
        ...(rest && { starts: rest }),
      };
    }
    from = text.indexOf('\n', from) + 1;
  }
  return {
    ...chunk,
    offset: end,
    bytes: bytes.subarray(text.length),
    ...(starts && { starts: [] }),
  };
}

/** Where one tells milliseconds and the other does not, what is of the same second counts as later. */
function isAfter(found: string, last: string): boolean {
  if (found.length === last.length) return found > last;
  const common = Math.min(found.length, last.length);
  return found.slice(0, common) >= last.slice(0, common);
}
