import { type SeverityWord, severityWord } from './severityWord.ts';

/** A severity as it stands in a line: `ERROR:  relation …`. */
export interface Severity {
  /** As it was written. */
  readonly word: string;
  /** Undefined where the word is unknown: another language. */
  readonly meaning: SeverityWord | undefined;
  /** Where the text behind it begins. */
  readonly textAt: number;
}

const longestWord = 24;
/** Beyond this a line without a readable prefix is not searched: what follows is text, whoever wrote it. */
const searched = 4096;

/** The words of nearly all lines, known before they are looked for. */
const usual = ['LOG', 'ERROR', 'STATEMENT', 'DETAIL', 'HINT', 'CONTEXT', 'WARNING', 'FATAL'].map(
  (word) => ({ word, meaning: severityWord(word), text: `${word}:  ` }),
);

/** The severity that stands exactly at `at`; a word in capitals, in any script, then a colon and two spaces. */
export function severityAt(line: string, at: number): Severity | undefined {
  for (const { word, meaning, text } of usual) {
    if (line.startsWith(text, at)) return { word, meaning, textAt: at + text.length };
  }
  const colon = line.slice(at, at + longestWord + 3).indexOf(':  ');
  if (colon < 1) return undefined;
  const word = line.slice(at, at + colon);
  const meaning = severityWord(word);
  if (meaning === undefined && !/^[\p{Lu}\p{Lo}\p{M}]+$/u.test(word)) return undefined;
  return { word, meaning, textAt: at + colon + 3 };
}

/** The first severity with a known word in a line whose prefix cannot be decoded. */
export function findSeverity(line: string): Severity | undefined {
  const head = line.slice(0, searched);
  for (let colon = head.indexOf(':  '); colon >= 0; colon = head.indexOf(':  ', colon + 1)) {
    const before = head.slice(Math.max(0, colon - longestWord), colon);
    const word = /[\p{L}\p{M}]+\d?$/u.exec(before)?.[0];
    const meaning = word === undefined ? undefined : severityWord(word);
    if (word !== undefined && meaning !== undefined) return { word, meaning, textAt: colon + 3 };
  }
  return undefined;
}
