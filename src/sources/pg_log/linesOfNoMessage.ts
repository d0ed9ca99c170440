import type { LogChunk } from '../../ports/logs.ts';
import { announcedPrefix, anyPrefix } from '../../postgres/logs/prefix/anyPrefix.ts';
import { compilePrefix } from '../../postgres/logs/prefix/prefix.ts';
import { type RawBytes, textReader } from '../../postgres/logs/rawText.ts';
import { findSeverity } from '../../postgres/logs/stderr/severityAt.ts';
import type { FollowedLog } from './followedLog.ts';
import type { RestOfLog } from './restOfLog.ts';

const tab = 9;
const newline = 10;

/**
 * Leaves of a log in the form stderr the lines that belong to no message: the messages are read in another format. A
 * message begins with `log_line_prefix` and a severity (with a severity anywhere, where the prefix cannot be decoded), and
 * goes on in lines that begin with a tab. With an empty prefix a line that some program writes as `ERROR:  …` cannot be told
 * from a message: it is left out.
 *
 * Keeps what it knows of one chunk for the next: one is made for each reading.
 */
export function linesOfNoMessage(
  { major, encoding }: Pick<FollowedLog, 'major' | 'encoding'>,
  { prefix }: Pick<RestOfLog, 'prefix'>,
): (chunk: LogChunk) => LogChunk {
  const textOf = textReader(encoding);
  const prefixes = anyPrefix(compilePrefix(prefix, major, textOf));
  /** Lines that begin with a tab go on with a message, until there is one that is of none. */
  let within = true;
  const begins = (bytes: RawBytes, from: number, to: number): boolean => {
    const known = prefixes.prefix;
    if (known.decodable) return known.match(bytes, from, to) !== undefined;
    return findSeverity(bytes, from, to, textOf) !== undefined;
  };
  return (chunk) => {
    const { bytes, offset } = chunk;
    const announced = announcedPrefix(bytes);
    if (announced !== undefined) prefixes.add(compilePrefix(announced, major, textOf));
    const left: RawBytes[] = [];
    const starts: number[] = [];
    for (let from = 0, line = 0; from < bytes.length; line++) {
      const end = bytes.indexOf(newline, from) + 1;
      if (bytes[from] !== tab) within = begins(bytes, from, end - 1);
      if (!within) {
        left.push(bytes.subarray(from, end));
        starts.push(chunk.starts?.[line] ?? offset + from);
      }
      from = end;
    }
    return { ...chunk, bytes: Buffer.concat(left), starts };
  };
}
