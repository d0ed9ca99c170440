import type { Escape } from './prefixTokens.ts';
import type { RawBytes } from '../rawText.ts';
import { standsAt } from '../standsAt.ts';

/**
 * How one escape's value is found in a line.
 *
 * - `closed`: it ends by itself, at the first character that cannot belong to it.
 * - `fixed`: it always has the same length.
 * - `open`: it is free text and ends where the literal behind it begins.
 */
export type FieldShape = 'closed' | 'fixed' | 'open';

/** Reads a value from `at`: the offset behind it. Never looks at a character twice, nor at `to`, the end of the line. */
export type Reach = (bytes: RawBytes, at: number, to: number) => number;

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
const parenthesis = 40;
const local = Buffer.from('[local]');

const while_ =
  (belongs: (code: number) => boolean): Reach =>
  (bytes, at, to) => {
    let end = at;
    const last = Math.min(to, at + maxValueChars);
    while (end < last && belongs(bytes[end] ?? 0)) end++;
    return end;
  };
const digits: Reach = (bytes, at, to) => {
  let end = at;
  const last = Math.min(to, at + maxValueChars);
  while (end < last && isDigit(bytes[end] ?? 0)) end++;
  return end;
};
const letters: Reach = (bytes, at, to) => {
  let end = at;
  const last = Math.min(to, at + maxValueChars);
  while (end < last && isLetter(bytes[end] ?? 0)) end++;
  return end;
};

/** `2026-01-02 03:04:05.678 CET`, the zone an abbreviation or a number with its sign. */
const timestamp: Reach = (bytes, at, to) => {
  if (at + 20 > to || bytes[at + 4] !== dash) return at;
  if (bytes[at + 10] !== space || bytes[at + 13] !== colon) return at;
  let end = at + 19;
  if (bytes[end] === dot) end = digits(bytes, end + 1, to);
  if (bytes[end] !== space) return at;
  const sign = bytes[end + 1];
  return sign === plus || sign === dash ? digits(bytes, end + 2, to) : letters(bytes, end + 1, to);
};

const queryId: Reach = (bytes, at, to) => digits(bytes, bytes[at] === dash ? at + 1 : at, to);
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

/**
 * How the end of a closed or fixed value is found, and of `%r` where it shows its own end; undefined for free text. The
 * function that is returned gives -1 for what is none.
 */
export function reachOf(escape: Escape): Reach | undefined {
  if (escape === 'e') return (_, at, to) => (at + 5 <= to ? at + 5 : -1);
  if (escape === 'r') return reachRemote;
  return closed.get(escape)?.reach;
}

/** `[local]` or `host(port)`: an IPv6 address may hold the literal that follows, so that the parentheses decide. */
const reachRemote: Reach = (bytes, at, to) => {
  if (standsAt(bytes, at, local)) return at + 7;
  const last = Math.min(to, at + 256);
  let open = at;
  while (open < last && bytes[open] !== parenthesis) open++;
  if (open === at || open === last) return -1;
  const end = digits(bytes, open + 1, to);
  return end > open + 1 && bytes[end] === parenthesis + 1 ? end + 1 : -1;
};
