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

const isDigit = (char: string): boolean => char >= '0' && char <= '9';
const isLetter = (char: string): boolean =>
  (char >= 'A' && char <= 'Z') || (char >= 'a' && char <= 'z');
const isHex = (char: string): boolean => isDigit(char) || (char >= 'a' && char <= 'f');

const while_ =
  (belongs: (char: string) => boolean): Reach =>
  (line, at) => {
    let end = at;
    const last = Math.min(line.length, at + maxValueChars);
    while (end < last && belongs(line.charAt(end))) end++;
    return end;
  };
const digits = while_(isDigit);
const letters = while_(isLetter);

/** `2026-01-02 03:04:05.678 CET`, the zone an abbreviation or a number with its sign. */
const timestamp: Reach = (line, at) => {
  if (line.charAt(at + 4) !== '-' || line.charAt(at + 10) !== ' ' || line.charAt(at + 13) !== ':') {
    return at;
  }
  let end = at + 19;
  if (line.charAt(end) === '.') end = digits(line, end + 1);
  if (line.charAt(end) !== ' ') return at;
  const sign = line.charAt(end + 1);
  return sign === '+' || sign === '-' ? digits(line, end + 2) : letters(line, end + 1);
};

const queryId: Reach = (line, at) => digits(line, line.charAt(at) === '-' ? at + 1 : at);
const time: Readonly<{ reach: Reach; takes: (char: string) => boolean }> = {
  reach: timestamp,
  takes: (char) => isLetter(char) || isDigit(char) || char === '.',
};

const closed = new Map<Escape, { reach: Reach; takes: (char: string) => boolean }>([
  ['t', time],
  ['m', time],
  ['s', time],
  ['Q', { reach: queryId, takes: isDigit }],
  ...(['p', 'P', 'l', 'x'] as const).map(
    (escape) => [escape, { reach: digits, takes: isDigit }] as const,
  ),
  ...(
    [
      ['n', (char) => isDigit(char) || char === '.'],
      ['c', (char) => isHex(char) || char === '.'],
      ['v', (char) => isDigit(char) || char === '/'],
    ] as [Escape, (char: string) => boolean][]
  ).map(([escape, takes]) => [escape, { reach: while_(takes), takes }] as const),
]);

/** Which shape the value of an escape has. */
export const shapeOf = (escape: Escape): FieldShape =>
  escape === 'e' ? 'fixed' : closed.has(escape) ? 'closed' : 'open';

/** Whether a closed value goes on with this character, so that a literal must not begin with it. */
export const takes = (escape: Escape, char: string): boolean =>
  closed.get(escape)?.takes(char) ?? false;

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
