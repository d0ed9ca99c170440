import { knownShape } from '../redact.ts';
import { behindDuration } from './behindDuration.ts';
import type { RawBytes } from './rawText.ts';

const [space, tilde, doubleQuote, backslash] = [32, 126, 34, 92] as const;

/**
 * A message that tells a duration, and whose statement is known without its literals: made without them, from its bytes.
 * Used again for the next message.
 */
export class KnownMessage {
  /** As `redactMessage` makes it. */
  text = '';
  /** Bytes of JSON that it takes. */
  size = 0;

  /** Whether the message at `from` to `to` is known. */
  read(bytes: RawBytes, from: number, to: number): boolean {
    const at = behindDuration(bytes, from, to);
    if (at < 0 || !isPlain(bytes, from, at)) return false;
    const shape = knownShape(bytes, at, to);
    if (shape === undefined) return false;
    this.text = bytes.toString('latin1', from, at) + shape.text;
    this.size = at - from + shape.size;
    return true;
  }
}

/** Whether JSON has the bytes at `from` to `to` as they are. */
function isPlain(bytes: RawBytes, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    const code = bytes[at] ?? 0;
    if (code < space || code > tilde || code === doubleQuote || code === backslash) return false;
  }
  return true;
}
