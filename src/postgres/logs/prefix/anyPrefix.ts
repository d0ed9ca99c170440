import type { Prefix } from './prefix.ts';
import { type RawBytes, bytesOf } from '../rawText.ts';

/** A prefix that may turn into others while the log is read. */
export interface ChangingPrefix {
  readonly prefix: Prefix;
  /** Reads lines with another prefix too, from now on; those before keep theirs. */
  readonly add: (prefix: Prefix) => void;
}

/**
 * Reads lines that were written with one of several prefixes: after a change of `log_line_prefix` sessions take it up one
 * by one. The newest is tried first.
 */
export function anyPrefix(first: Prefix): ChangingPrefix {
  let prefixes = first.decodable ? [first] : [];
  return {
    get prefix(): Prefix {
      if (prefixes.length === 0) return first;
      return {
        decodable: true,
        match: (bytes, from, to) => {
          for (let index = 0; index < prefixes.length; index++) {
            const match = prefixes[index]?.match(bytes, from, to);
            if (match) return match;
          }
          return undefined;
        },
      };
    },
    add: (prefix) => {
      if (prefix.decodable) prefixes = [prefix, ...prefixes.slice(0, 2)];
    },
  };
}

const parameter = bytesOf('"log_line_prefix"');
const newline = 10;

/** The prefix that the server says it has changed to, in any language: what it writes at a reload. */
export function announcedPrefix(bytes: RawBytes): string | undefined {
  // Searching forwards is many times as fast, and it is hardly ever there.
  if (!bytes.includes(parameter)) return undefined;
  const at = bytes.lastIndexOf(parameter) + parameter.length;
  const end = bytes.indexOf(newline, at);
  const rest = bytes.toString('latin1', at, end < 0 ? bytes.length : end);
  const [open, close] = [rest.indexOf('"'), rest.lastIndexOf('"')];
  return open >= 0 && close > open ? rest.slice(open + 1, close) : undefined;
}
