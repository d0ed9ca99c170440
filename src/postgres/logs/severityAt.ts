import type { RawText, TextOf } from './rawText.ts';
import { type SeverityWord, severityWord } from './severityWord.ts';

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
const usual = new Map(
  ['LOG', 'ERROR', 'STATEMENT', 'DETAIL', 'HINT', 'CONTEXT', 'WARNING', 'FATAL', 'QUERY'].map(
    (word) => {
      const text = `${word}:  `;
      const severity: Severity = { word, bytes: text.length, meaning: severityWord(word) };
      return [word.charCodeAt(0), { text, severity }];
    },
  ),
);
const [letterL = 0, log] = [...usual][0] ?? [];

/** A function that finds the severity that stands exactly at a place: a word in capitals, in any script, then `:  `. */
export const severityReader =
  (textOf: TextOf): ((text: RawText, at: number, to: number) => Severity | undefined) =>
  (text, at, to) => {
    const letter = text.charCodeAt(at);
    const likely = letter === letterL ? log : usual.get(letter);
    if (likely && text.startsWith(likely.text, at)) return likely.severity;
    const head = text.slice(at, Math.min(to, at + longestWord + 3));
    const colon = head.indexOf(':  ');
    if (colon < 1) return undefined;
    const word = textOf(head.slice(0, colon));
    const meaning = severityWord(word);
    if (meaning === undefined && !/^[\p{Lu}\p{Lo}\p{M}]+$/u.test(word)) return undefined;
    return { word, bytes: colon + 3, meaning };
  };

/** The first severity with a known word in a line whose prefix cannot be decoded, and where the text behind it begins. */
export function findSeverity(
  line: RawText,
  textOf: TextOf,
): { severity: Severity; textAt: number } | undefined {
  const head = line.slice(0, searched);
  for (let colon = head.indexOf(':  '); colon >= 0; colon = head.indexOf(':  ', colon + 1)) {
    const before = textOf(head.slice(Math.max(0, colon - longestWord), colon));
    const word = /[\p{L}\p{M}]+\d?$/u.exec(before)?.[0];
    const meaning = word === undefined ? undefined : severityWord(word);
    if (word !== undefined && meaning !== undefined) {
      return { severity: { word, bytes: word.length + 3, meaning }, textAt: colon + 3 };
    }
  }
  return undefined;
}
