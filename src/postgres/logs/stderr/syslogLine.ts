/** A line of PostgreSQL in a file of syslog. */
export interface SyslogLine {
  readonly pid: string;
  /** The which-th piece of its message, from 1; undefined where that is not told. */
  readonly piece: number | undefined;
  readonly text: string;
}

/** Timestamp and host before the program's name are shorter. */
const headerChars = 400;
const escaped = /#(0[0-3][0-7]|177)/g;

/**
 * Reads `<timestamp> <host> <ident>[<pid>]: [<message>-<piece>] <text>`, whichever form the timestamp has; undefined for
 * lines of other programs. Control characters, which rsyslog writes as `#011`, are what they were.
 *
 * One number alone is the piece's (`syslog_sequence_numbers = off`) or the message's (`syslog_split_messages = off`), which
 * is as good: a message begins anew with each 1, and otherwise with its prefix. With both off there is none.
 *
 * @param isPrefixed - Whether a text begins with log_line_prefix: what looks like a number there is a part of it.
 */
export function syslogLine(
  line: string,
  ident: string,
  isPrefixed: (text: string) => boolean,
): SyslogLine | undefined {
  const at = line.slice(0, headerChars).indexOf(` ${ident}[`);
  if (at < 0) return undefined;
  const pidAt = at + ident.length + 2;
  const pidEnd = line.indexOf(']: ', pidAt);
  const pid = line.slice(pidAt, pidEnd);
  if (pidEnd < 0 || pidEnd - pidAt > 10 || !/^\d+$/.test(pid)) return undefined;
  const rest = line.slice(pidEnd + 3);
  const [numbers, only, second] = /^\[(\d{1,19})(?:-(\d{1,9}))?\] /.exec(rest) ?? [];
  const isOurs = numbers !== undefined && (second !== undefined || !isPrefixed(rest));
  const text = isOurs ? rest.slice(numbers.length) : rest;
  const piece = Number(isOurs ? (second ?? (only === '1' ? 1 : NaN)) : NaN);
  return {
    pid,
    piece: Number.isNaN(piece) ? undefined : piece,
    text: text.includes('#')
      ? text.replace(escaped, (_, code: string) => String.fromCharCode(parseInt(code, 8)))
      : text,
  };
}
