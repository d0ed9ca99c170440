import { printable } from '../printable.ts';

/** A place in a text; both count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A complaint about a place of a text, to be shown with that line. */
export interface Complaint {
  readonly message: string;
  /** Undefined: the text as a whole. */
  readonly place: Place | undefined;
  /** Whether the line can be shown although no key stands on it (an item of a list that is known to be no secret). */
  readonly open: boolean;
}

/**
 * One readable paragraph: `name:line:column: message`, the line and a caret.
 *
 *     collector.toml:12:1: unknown key "intervall" in [sysstat]; did you mean "interval"?
 *       12 | intervall = 15
 *          | ^
 *
 * Values of the line are masked unless each key on it is known to be no secret: `isPublic` says so of a key's name.
 */
export function excerpt(
  name: string,
  text: string,
  { message, place, open }: Complaint,
  isPublic: (key: string) => boolean,
): string {
  if (!place) return `${name}: ${message}`;
  const lines = text.split(/\r?\n/);
  const line = lines[place.line - 1] ?? '';
  // Within a text of several lines nothing on the line tells where the secret ends.
  const several = fences(lines.slice(0, place.line).join('\n')) % 2 === 1 || fences(line) > 0;
  const shown = printable(several ? '…' : masked(line, isPublic, open).replace(/\t/g, ' ')).slice(
    0,
    160,
  );
  const gutter = String(place.line).length;
  const column = Math.min(place.column, shown.length + 1);
  return [
    `${name}:${place.line}:${place.column}: ${message}`,
    `  ${place.line} | ${shown}`,
    `  ${' '.repeat(gutter)} | ${' '.repeat(column - 1)}^`,
  ].join('\n');
}

/** How many quotes of strings of several lines a text has; an odd number leaves one open. */
const fences = (text: string): number => (text.match(/"""|'''/g) ?? []).length;

const assigned = /(?:"((?:\\.|[^"\\])*)"|'([^']*)'|([A-Za-z0-9_-]+))\s*=/g;
const header = /^\s*\[{1,2}[\w\s.-]*\]{0,2}\s*(#.*)?$/;

/** The line with its values masked, where they may be secret. When in doubt they are. */
function masked(line: string, isPublic: (key: string) => boolean, open: boolean): string {
  if (header.test(line) || line.trim() === '') return line;
  const keys = [...line.matchAll(assigned)].map(
    ([, double, single, bare]) => double ?? single ?? bare,
  );
  if (keys.length === 0 && open) return line;
  if (keys.length > 0 && keys.every((key) => isPublic(key ?? ''))) return line;
  const behind = line.indexOf('=') + 1;
  return (
    line.slice(0, behind) +
    line.slice(behind).replace(/"(?:\\.|[^"\\])*"?|'[^']*'?|[^\s,[\]{}"']+/g, veil)
  );
}

const veil = (word: string): string =>
  word.startsWith('"')
    ? '"…"'
    : word.startsWith("'")
      ? "'…'"
      : /^(true|false)$/.test(word)
        ? word
        : '…';
