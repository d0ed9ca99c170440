import { knownShape } from '../../sql/redact.ts';
import { type RawBytes, bytesOf, viewOf } from '../rawText.ts';
import { standsAt } from '../standsAt.ts';

const begin = 'duration: '.length;
const unit = Buffer.from(' ms  ');
const [space, tilde, doubleQuote, backslash, colon] = [32, 126, 34, 92, 58] as const;

/**
 * A message that tells a duration, and whose statement is known without its literals: made without them, from its bytes.
 * Used again for the next message.
 */
export class KnownMessage {
  /** As `redactMessage` makes it. */
  text = '';
  /** Bytes of JSON that it takes. */
  size = 0;

  #bytes: RawBytes = bytesOf('');
  #view = viewOf(this.#bytes);

  /** Whether the message at `from` to `to`, a `slow_statement`, is known. */
  read(bytes: RawBytes, from: number, to: number): boolean {
    const at = statementAt(bytes, from, to);
    if (at < 0) return false;
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#view = viewOf(bytes);
    }
    const shape = knownShape(this.#view, at, to);
    if (shape === undefined) return false;
    this.text = bytes.toString('latin1', from, at) + shape.text;
    this.size = at - from + shape.size;
    return true;
  }
}

/** Where the statement begins, as `behindDuration` finds it; -1 where JSON does not have as it is what stands before. */
function statementAt(bytes: RawBytes, from: number, to: number): number {
  let at = from + begin;
  while (at < to && isPlain(bytes[at]) && bytes[at] !== space) at++;
  if (!standsAt(bytes, at, unit)) return -1;
  for (at += unit.length; at < to && isPlain(bytes[at]); at++) {
    if (bytes[at] === colon && bytes[at + 1] === space) return at + 2;
  }
  return -1;
}

const isPlain = (code = 0): boolean =>
  code >= space && code <= tilde && code !== doubleQuote && code !== backslash;
