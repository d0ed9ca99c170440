import type { Escape } from './prefixTokens.ts';

/**
 * How one escape's value is found in a line.
 *
 * - `closed`: it ends by itself, at the first character that cannot belong to it.
 * - `fixed`: it always has the same length.
 * - `open`: it is free text and ends where the literal behind it begins.
 */
export type FieldShape = 'closed' | 'fixed' | 'open';

/** Reads a value from `at`: the offset behind it. Never looks at a character twice. */
type Reach = (line: string, at: number) => number;

/** No value is longer: names have 63 bytes, host names 1025. Beyond this nothing is searched, however long a line is. */
export const maxValueChars = 2048;

/** By character code: these run for every character of every prefix. */
const isDigit = (code: number): boolean => code >= 48 && code <= 57;
const isLetter = (code: number): boolean =>
  (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
const isHex = (code: number): boolean => isDigit(code) || (code >= 97 && code <= 102);
const dot = 46;
const slash = 47;
const dash = 45;
const colon = 58;
const space = 32;
const plus = 43;

const while_ =
  (belongs: (code: number) => boolean): Reach =>
  (line, at) => {
    let end = at;
    const last = Math.min(line.length, at + maxValueChars);
    while (end < last && belongs(line.charCodeAt(end))) end++;
    return end;
  };
const digits = while_(isDigit);
const letters = while_(isLetter);

/** `2026-01-02 03:04:05.678 CET`, the zone an abbreviation or a number with its sign. */
const timestamp: Reach = (line, at) => {
  const code = (offset: number): number => line.charCodeAt(at + offset);
  if (code(4) !== dash || code(10) !== space || code(13) !== colon) return at;
  let end = at + 19;
  if (line.charCodeAt(end) === dot) end = digits(line, end + 1);
  if (line.charCodeAt(end) !== space) return at;
  const sign = line.charCodeAt(end + 1);
  return sign === plus || sign === dash ? digits(line, end + 2) : letters(line, end + 1);
};

const queryId: Reach = (line, at) => digits(line, line.charCodeAt(at) === dash ? at + 1 : at);
const time: Readonly<{ reach: Reach; takes: (code: number) => boolean }> = {
  reach: timestamp,
  takes: (code) => isLetter(code) || isDigit(code) || code === dot,
};

const closed = new Map<Escape, { reach: Reach; takes: (code: number) => boolean }>([
  ['t', time],
  ['m', time],
  ['s', time],
  ['Q', { reach: queryId, takes: isDigit }],
  ...(['p', 'P', 'l', 'x'] as const).map(
    (escape) => [escape, { reach: digits, takes: isDigit }] as const,
  ),
  ...(
    [
      ['n', (code) => isDigit(code) || code === dot],
      ['c', (code) => isHex(code) || code === dot],
      ['v', (code) => isDigit(code) || code === slash],
    ] as [Escape, (code: number) => boolean][]
  ).map(([escape, takes]) => [escape, { reach: while_(takes), takes }] as const),
]);

/** Which shape the value of an escape has. */
export const shapeOf = (escape: Escape): FieldShape =>
  escape === 'e' ? 'fixed' : closed.has(escape) ? 'closed' : 'open';

/** Whether a closed value goes on with this character, so that a literal must not begin with it. */
export const takes = (escape: Escape, char: string): boolean =>
  closed.get(escape)?.takes(char.charCodeAt(0)) ?? false;

/** The offset behind the value of a closed or fixed escape, or behind `%r` where it shows its own end. */
export function reach(escape: Escape, line: string, at: number): number | undefined {
  if (escape === 'e') return at + 5 <= line.length ? at + 5 : undefined;
  if (escape === 'r') return reachRemote(line, at);
  return closed.get(escape)?.reach(line, at);
}

/** `[local]` or `host(port)`: an IPv6 address may hold the literal that follows, so that the parentheses decide. */
function reachRemote(line: string, at: number): number | undefined {
  if (line.startsWith('[local]', at)) return at + 7;
  const open = line.slice(at, at + 256).indexOf('(');
  if (open < 1) return undefined;
  const end = digits(line, at + open + 1);
  return end > at + open + 1 && line.charAt(end) === ')' ? end + 1 : undefined;
}
