import { commandTag } from './commandTag.ts';
import { nameReader } from '../logs/nameReader.ts';

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

const wordOf = nameReader(
  (bytes, start, end) => bytes.toString('latin1', start, end).toUpperCase(),
  64,
);

/** The unquoted words of a statement as far as they say what it is. */
export class StatementWords {
  /** It is none of data, and names what may be a secret. */
  #isSecretive = false;
  readonly #words: string[] = [];
  /** It is one of data: no word of it matters any more. */
  isOfData = false;
  #isBehindUser = false;

  begin(): void {
    this.#isSecretive = false;
    this.isOfData = false;
    this.#isBehindUser = false;
    // Setting its length is many times as slow.
    while (this.#words.length > 0) this.#words.pop();
  }

  /** Takes the next word, which stands at `start` to `end`. */
  add(bytes: Buffer, start: number, end: number): void {
    if (this.isOfData) return;
    const length = end - start;
    const isKnown = this.#words.length >= tagWords;
    if (isKnown && (length < shortest || length > longest)) {
      this.#isBehindUser = false;
      return;
    }
    const word = wordOf(bytes, start, end);
    this.isOfData = this.#words.length === 0 && ofData.has(word);
    if (!isKnown) this.#words.push(word);
    if (this.isOfData) return;
    if (secretive.has(word) || (this.#isBehindUser && word === 'MAPPING')) this.#isSecretive = true;
    this.#isBehindUser = word === 'USER';
  }

  /** Whether its command tag stands for it: where it may name a secret, or each one's does. */
  isHidden(onlyTag: boolean): boolean {
    return this.#isSecretive || (onlyTag && this.#words.length > 0);
  }

  /** The command tag. */
  tag(): string {
    return commandTag(this.#words);
  }
}
