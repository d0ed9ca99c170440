import { commandTag } from './commandTag.ts';
import { Tokenizer } from './tokenizer.ts';

export interface RedactOptions {
  /** Keeps literals and comments; statements that carry secrets by their grammar still become their tag. Default: false. */
  readonly keepLiterals?: boolean;
  /** Each statement becomes its command tag. Default: false. */
  readonly onlyTag?: boolean;
}

/** Statements of data: a column may well be called `password`, and every literal in them is replaced anyway. */
const ofData = new Set([
  'SELECT',
  'INSERT',
  'UPDATE',
  'DELETE',
  'MERGE',
  'WITH',
  'VALUES',
  'TABLE',
]);
const secretive = new Set(['PASSWORD', 'CONNECTION', 'OPTIONS']);
/** Words of other lengths are not looked at. */
const [shortest, longest] = [4, 10] as const;
/** So many words make a command tag. */
const tagWords = 8;
const semicolon = 59;

/**
 * A statement without what its author wrote into it: each string and number becomes `?`, each comment a space.
 *
 * - Identifiers, quoted ones too, operators, white space and parameters (`$1`) stay.
 * - A statement other than one of data (SELECT, INSERT, …) that names PASSWORD, CONNECTION, USER MAPPING or OPTIONS
 *   becomes its command tag, e.g. `ALTER ROLE`: there even a mistyped, unquoted word may be a secret. Of several
 *   statements in one text, each is judged by itself.
 * - Bodies of DO and of functions are strings, and so become `?`.
 * - A text that was cut off within a literal, a quoted identifier or a comment ends in `?` or a space.
 *
 * Linear in the length of the text. Never throws. Doing it twice changes nothing.
 */
export function redact(text: string, options: RedactOptions = {}): string {
  return redactFrom(text, 0, options);
}

/** The same for the end of a text; what stands before `from` stays as it is. */
export function redactFrom(
  text: string,
  from: number,
  { keepLiterals = false, onlyTag = false }: RedactOptions = {},
): string {
  const token = new Tokenizer(text, from);
  const statement = new StatementWords();
  /** What was written so far; the text from `kept` on follows as it is. Both also as they were before this statement. */
  let redacted = '';
  let kept = 0;
  let redactedBefore = '';
  let keptBefore = 0;
  let begin = from;
  let behindSpace = from;
  const finish = (at: number): void => {
    if (!statement.isSecretive && !(onlyTag && statement.hasWords())) return;
    redacted = redactedBefore + text.slice(keptBefore, behindSpace) + statement.tag();
    kept = at;
  };
  while (token.next()) {
    const { kind, start, end } = token;
    if (kind === 'word') statement.add(text, start, end);
    else if (kind === 'space') {
      if (start === begin) behindSpace = end;
    } else if (kind === 'separator') {
      if (text.charCodeAt(start) !== semicolon) continue;
      finish(start);
      statement.begin();
      begin = behindSpace = end;
      redactedBefore = redacted;
      keptBefore = kept;
    } else if (!keepLiterals) {
      const replacement = replacementOf(token);
      if (replacement === undefined) continue;
      redacted += text.slice(kept, start) + replacement;
      kept = end;
    }
  }
  finish(text.length);
  return kept === 0 ? text : redacted + text.slice(kept);
}

/** What stands for a token; undefined where it stays. */
function replacementOf({ kind, closed }: Tokenizer): string | undefined {
  if (kind === 'string' || kind === 'number') return '?';
  if (kind === 'comment') return ' ';
  return kind === 'quoted_identifier' && !closed ? '?' : undefined;
}

/** The unquoted words of a statement as far as they say what it is. */
class StatementWords {
  isSecretive = false;
  #words: string[] | undefined;
  #isOfData = false;
  #isBehindUser = false;

  begin(): void {
    this.isSecretive = false;
    this.#isOfData = false;
    this.#isBehindUser = false;
    this.#words = undefined;
  }

  add(text: string, start: number, end: number): void {
    if (this.#isOfData) return;
    const length = end - start;
    const isKnown = this.#words !== undefined && this.#words.length >= tagWords;
    if (isKnown && (length < shortest || length > longest)) {
      this.#isBehindUser = false;
      return;
    }
    const word = text.slice(start, end).toUpperCase();
    if (this.#words === undefined) {
      this.#isOfData = ofData.has(word);
      this.#words = [word];
    } else if (!isKnown) this.#words.push(word);
    if (this.#isOfData) return;
    if (secretive.has(word) || (this.#isBehindUser && word === 'MAPPING')) this.isSecretive = true;
    this.#isBehindUser = word === 'USER';
  }

  hasWords(): boolean {
    return this.#words !== undefined;
  }

  tag(): string {
    return commandTag(this.#words ?? []);
  }
}
