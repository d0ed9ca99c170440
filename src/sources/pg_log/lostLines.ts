import type { LogChunk } from '../../ports/logs.ts';
import type { Prefix } from '../../postgres/logs/prefix/prefix.ts';
import type { RawBytes } from '../../postgres/logs/rawText.ts';

/** So much of what was read last is kept to see which numbers came last. */
const keptBytes = 32_768;
/** Sessions that say nothing within so much text are given up. */
const soughtBytes = 4_194_304;

/** Counts lines that are lost in gaps. */
export interface LostLines {
  /** How many more lines are known lost, now that this was read too. */
  readonly found: (chunk: LogChunk) => number;
}

/**
 * Counts what is missing in a gap by the numbers that a session gives its lines (`%l` beside `%c` or `%p`): what a session
 * wrote last before a gap and writes first behind it tells how much is missing between. Without these escapes, and of
 * sessions that are not heard on both sides of the gap, nothing is known.
 */
export function lostLines(prefix: Prefix): LostLines {
  let last: RawBytes = Buffer.alloc(0);
  /** The last number of each session before a gap. */
  let before = new Map<string, number>();
  let sought = 0;
  const numbers = function* (bytes: RawBytes): Generator<readonly [session: string, line: number]> {
    if (!prefix.decodable) return;
    for (let from = 0; from < bytes.length;) {
      const newline = bytes.indexOf(10, from);
      const end = newline < 0 ? bytes.length : newline;
      const match = prefix.match(bytes, from, end);
      const line = Number(match?.value('l') ?? NaN);
      const session = match?.value('c') ?? match?.value('p');
      if (session !== undefined && line > 0) yield [session, line];
      from = end + 1;
    }
  };
  return {
    found: ({ gap, bytes }) => {
      let missing = 0;
      if (gap) {
        for (const [session, line] of numbers(last)) before.set(session, line);
        sought = 0;
      }
      if (before.size > 0) {
        for (const [session, line] of numbers(bytes)) {
          const known = before.get(session);
          if (known === undefined) continue;
          missing += Math.max(0, line - known - 1);
          before.delete(session);
        }
        sought += bytes.length;
        if (sought > soughtBytes) before = new Map();
      }
      last =
        bytes.length >= keptBytes
          ? Buffer.from(bytes)
          : Buffer.concat([last.subarray(-keptBytes), bytes]);
      return missing;
    },
  };
}
