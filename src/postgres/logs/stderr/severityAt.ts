import type { RawBytes, TextOf } from '../rawText.ts';
import { type SeverityWord, severityWord } from '../severityWord.ts';
import { standsAt } from '../standsAt.ts';

/** A severity as it stands in a line: `ERROR:  relation …`. */
export interface Severity {
  /** As it was written. */
  readonly word: string;
  /** Its bytes with the colon and the two spaces. */
  readonly bytes: number;
  /** Undefined where the word is unknown: another language. */
  readonly meaning: SeverityWord | undefined;
}

/** In bytes. */
const longestWord = 48;
/** Beyond this a line without a readable prefix is not searched: what follows is text, whoever wrote it. */
const searched = 4096;

/** The words of nearly all lines, by their first letter, known before they are looked for. */
const usual = new Array<{ word: Buffer; severity: Severity } | undefined>(128).fill(undefined);
for (const word of 'LOG ERROR STATEMENT DETAIL HINT CONTEXT WARNING FATAL QUERY'.split(' ')) {
  const bytes = Buffer.from(`${word}:  `);
  usual[word.charCodeAt(0)] = {
    word: bytes,
    severity: { word, bytes: bytes.length, meaning: severityWord(word) },
  };
}

/** A function that finds the severity that stands exactly at a place: a word in capitals, in any script, then `:  `. */
export const severityReader =
  (textOf: TextOf): ((bytes: RawBytes, at: number, to: number) => Severity | undefined) =>
  (bytes, at, to) => {
    const likely = usual[bytes[at] ?? 0];
    if (likely && standsAt(bytes, at, likely.word)) return likely.severity;
    const head = bytes.toString('latin1', at, Math.min(to, at + longestWord + 3));
    const colon = head.indexOf(':  ');
    if (colon < 1) return undefined;
    const word = textOf(bytes, at, at + colon);
    const meaning = severityWord(word);
    if (meaning === undefined && !/^[\p{Lu}\p{Lo}\p{M}]+$/u.test(word)) return undefined;
    return { word, bytes: colon + 3, meaning };
  };

/**
 * The first severity with a known word in the line at `from` to `to`, whose prefix cannot be decoded, and where the text
 * behind it begins.
 */
export function findSeverity(
  bytes: RawBytes,
  from: number,
  to: number,
  textOf: TextOf,
): { severity: Severity; textAt: number } | undefined {
  const head = bytes.toString('latin1', from, Math.min(to, from + searched));
  for (let colon = head.indexOf(':  '); colon >= 0; colon = head.indexOf(':  ', colon + 1)) {
    const before = textOf(bytes, from + Math.max(0, colon - longestWord), from + colon);
    const word = /[\p{L}\p{M}]+\d?$/u.exec(before)?.[0];
    const meaning = word === undefined ? undefined : severityWord(word);
    if (word !== undefined && meaning !== undefined) {
      const severity = { word, bytes: word.length + 3, meaning };
      return { severity, textAt: from + colon + 3 };
    }
  }
  return undefined;
}
