import { isNumber, jsonKeys, placeOf } from './jsonKeys.ts';
import { type NameOf, nameReader } from './nameReader.ts';
import { type RawBytes, type TextOf, bytesOf } from './rawText.ts';
import { standsAt } from './standsAt.ts';

const quotedKeys = jsonKeys.map((key) => Buffer.from(`"${key}":`));
const behindMessage = placeOf('message') + 1;
const [quote, backslash, comma, opening, closing] = [34, 92, 44, 123, 125] as const;
const [space, minus, zero, letterU] = [32, 45, 48, 117] as const;
const escapes = new Set(Buffer.from('"\\/bfnrt'));

/**
 * Reads lines of jsonlog as the server writes them, without parsing them: known keys in their order, each with a text or a
 * whole number. Any other line is refused, and is to be parsed. Used again for the next line.
 */
export class JsonRecord {
  bytes: RawBytes = bytesOf('');
  readonly #starts = new Int32Array(jsonKeys.length);
  readonly #ends = new Int32Array(jsonKeys.length);
  readonly #escaped = new Uint8Array(jsonKeys.length);
  readonly #textOf: TextOf;
  readonly #nameOf: NameOf;
  #at = 0;
  #to = 0;
  #next = 0;

  constructor(textOf: TextOf) {
    this.#textOf = textOf;
    this.#nameOf = nameReader(textOf);
  }

  /** Reads the line at `from` to `to` up to its message; false where it is refused. */
  begin(bytes: RawBytes, from: number, to: number): boolean {
    this.bytes = bytes;
    this.#ends.fill(0);
    this.#starts.fill(0);
    this.#at = from;
    this.#to = to;
    this.#next = 0;
    return bytes[from] === opening && bytes[to - 1] === closing && this.#read(behindMessage);
  }

  /** Reads the rest of the line; false where it is refused. */
  rest(): boolean {
    return this.#read(jsonKeys.length) && this.#at === this.#to - 1;
  }

  /** Where a text begins, behind its quote. */
  start(place: number): number {
    return this.#starts[place] ?? 0;
  }

  /** Where it ends; where it begins if it is empty or missing. */
  stop(place: number): number {
    return this.#ends[place] ?? 0;
  }

  /** Whether a text holds what is written otherwise than it is. */
  isEscaped(place: number): boolean {
    return this.#escaped[place] === 1;
  }

  /** A text, or the digits of a number; undefined where it is empty or missing. */
  value(place: number): string | undefined {
    const start = this.start(place);
    const end = this.stop(place);
    if (start === end) return undefined;
    const text = this.#textOf(this.bytes, start, end);
    return this.isEscaped(place) ? unescaped(text) : text;
  }

  /** The same of a field whose values come again and again. */
  name(place: number): string | undefined {
    const start = this.start(place);
    const end = this.stop(place);
    if (start === end) return undefined;
    return this.isEscaped(place) ? this.value(place) : this.#nameOf(this.bytes, start, end);
  }

  /** Reads up to the key at a place, or to the end of the line. */
  #read(until: number): boolean {
    while (this.#next < until && this.#at < this.#to - 1) {
      // Behind the brace or comma of the one before.
      const place = this.#key(this.#at + 1);
      if (place < 0) return false;
      const at = this.#at + 1 + (quotedKeys[place]?.length ?? 0);
      const end = isNumber[place] ? this.#number(place, at) : this.#text(place, at);
      if (end < 0 || (this.bytes[end] !== comma && end !== this.#to - 1)) return false;
      this.#at = end;
      this.#next = place + 1;
    }
    return true;
  }

  /** Which of the keys that may follow stands at a place; -1 where none does. */
  #key(at: number): number {
    for (let place = this.#next; place < jsonKeys.length; place++) {
      if (standsAt(this.bytes, at, quotedKeys[place] as Buffer)) return place;
    }
    return -1;
  }

  /** Notes a text; the offset behind its closing quote, -1 where there is none. */
  #text(place: number, open: number): number {
    const { bytes } = this;
    if (bytes[open] !== quote) return -1;
    const start = open + 1;
    let escaped = 0;
    for (let at = start; at < this.#to; at++) {
      const code = bytes[at] ?? 0;
      if (code === quote) {
        this.#starts[place] = start;
        this.#ends[place] = at;
        this.#escaped[place] = escaped;
        return at + 1;
      }
      if (code < space) return -1;
      if (code !== backslash) continue;
      escaped = 1;
      if (!isEscape(bytes, ++at)) return -1;
    }
    return -1;
  }

  /** Notes a number; the offset behind it, -1 where there is none. */
  #number(place: number, start: number): number {
    const { bytes } = this;
    let at = bytes[start] === minus ? start + 1 : start;
    const digits = at;
    while (isDigit(bytes[at] ?? 0)) at++;
    if (at === digits || (bytes[digits] === zero && at > start + 1)) return -1;
    this.#starts[place] = start;
    this.#ends[place] = at;
    this.#escaped[place] = 0;
    return at;
  }
}

/** A text as it is; JSON writes it with escapes. */
function unescaped(text: string): string {
  try {
    return JSON.parse(`"${text}"`) as string;
  } catch {
    return text;
  }
}

/** What stands behind a backslash. */
const isEscape = (bytes: RawBytes, at: number): boolean =>
  escapes.has(bytes[at] ?? 0) ||
  (bytes[at] === letterU && /^[\da-f]{4}$/i.test(bytes.toString('latin1', at + 1, at + 5)));

const isDigit = (code: number): boolean => code >= zero && code < zero + 10;
