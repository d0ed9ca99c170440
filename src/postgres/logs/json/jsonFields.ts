import { isNumber, jsonKeys } from './jsonKeys.ts';
import { fromJsonText, isJsonEscape } from './jsonText.ts';
import { type NameOf, nameReader } from '../nameReader.ts';
import type { PieceMemory } from '../pieceMemory.ts';
import { type RawBytes, type TextOf, bytesOf, viewOf } from '../rawText.ts';
import { standsAt } from '../standsAt.ts';

const quotedKeys = jsonKeys.map((key) => Buffer.from(`"${key}":`));
const [quote, backslash, comma, opening, closing] = [34, 92, 44, 123, 125] as const;
const [space, minus, zero] = [32, 45, 48] as const;
/** So many digits are a number exactly. */
const exactDigits = 15;

/**
 * The fields of a line of jsonlog as the server writes it, read without parsing it: known keys in their order, each with a
 * text or a whole number. Any other line is refused, and is to be parsed. Used again for the next line.
 */
export class JsonFields {
  bytes: RawBytes = bytesOf('');
  /** Where the comma or brace before the next key stands. */
  at = 0;
  /** Where the line ends. */
  to = 0;
  #view = viewOf(this.bytes);
  readonly #starts = new Int32Array(jsonKeys.length);
  readonly #ends = new Int32Array(jsonKeys.length);
  readonly #escaped = new Uint8Array(jsonKeys.length);
  readonly #textOf: TextOf;
  readonly #nameOf: NameOf;
  /** The first of the keys that may follow. */
  #next = 0;
  /** A bit for the place of each field that was read. */
  #seen = 0;

  constructor(textOf: TextOf) {
    this.#textOf = textOf;
    this.#nameOf = nameReader(textOf);
  }

  /** Begins with the line at `from` to `to`; false where it is refused. */
  open(bytes: RawBytes, from: number, to: number): boolean {
    if (bytes !== this.bytes) this.#view = viewOf(bytes);
    this.bytes = bytes;
    this.at = from;
    this.to = to;
    this.#next = 0;
    this.#seen = 0;
    return bytes[from] === opening && bytes[to - 1] === closing;
  }

  /** Reads the fields before a place; false where the line is refused. */
  read(until: number): boolean {
    while (this.#next < until && this.at < this.to - 1) {
      const place = this.#key(this.at + 1);
      if (place < 0) return false;
      if (place >= until) return true;
      const key = quotedKeys[place]?.length ?? 0;
      if (!this.#field(place, this.at + 1 + key)) return false;
    }
    return true;
  }

  /**
   * Reads the fields before `from`, those up to `until`, and the one at it; most lines have none before `from`. What `make`
   * makes of those between is given where they are remembered; then they themselves are not told. Null where the line is
   * refused.
   */
  piece<Known>(
    memory: PieceMemory<Known>,
    hash: number,
    from: number,
    until: number,
    make: (fields: this) => Known,
  ): Known | undefined | null {
    let begin = this.at;
    let piece = memory.find(hash, this.#view, begin, this.to);
    if (piece === undefined) {
      if (!this.read(from)) return null;
      if (this.at !== begin) piece = memory.find(hash, this.#view, this.at, this.to);
      begin = this.at;
    }
    if (piece) return this.#field(until, begin + piece.length) ? piece.known : null;
    if (!this.read(until)) return null;
    const key = quotedKeys[until];
    let known: Known | undefined;
    if (memory.wants(hash) && key && standsAt(this.bytes, this.at + 1, key)) {
      known = make(this);
      memory.keep(hash, this.bytes, begin, this.at + 1 + key.length, known);
    }
    return this.read(until + 1) ? known : null;
  }

  /** Whether one of some fields was read, a bit for the place of each. */
  has(places: number): boolean {
    return (this.#seen & places) !== 0;
  }

  /** Where a text begins, behind its quote; 0 where it was not read. */
  start(place: number): number {
    return this.has(1 << place) ? (this.#starts[place] ?? 0) : 0;
  }

  /** Where it ends; where it begins if it is empty or was not read. */
  stop(place: number): number {
    return this.has(1 << place) ? (this.#ends[place] ?? 0) : 0;
  }

  /** Whether a text holds what is written otherwise than it is. */
  isEscaped(place: number): boolean {
    return this.#escaped[place] === 1;
  }

  /** A text, or the digits of a number; undefined where it is empty or was not read. */
  value(place: number): string | undefined {
    const start = this.start(place);
    const end = this.stop(place);
    if (start === end) return undefined;
    const text = this.#textOf(this.bytes, start, end);
    return this.isEscaped(place) ? fromJsonText(text) : text;
  }

  /** The same of a field whose values come again and again. */
  name(place: number): string | undefined {
    const start = this.start(place);
    const end = this.stop(place);
    if (start === end) return undefined;
    return this.isEscaped(place) ? this.value(place) : this.#nameOf(this.bytes, start, end);
  }

  /** A number; undefined where it was not read. */
  number(place: number): number | undefined {
    const start = this.start(place);
    const end = this.stop(place);
    if (start === end) return undefined;
    const { bytes } = this;
    if (bytes[start] === minus || end - start > exactDigits) return Number(this.value(place));
    let number = 0;
    for (let at = start; at < end; at++) number = number * 10 + (bytes[at] ?? 0) - zero;
    return number;
  }

  /** Which of the keys that may follow stands at a place; -1 where none does. */
  #key(at: number): number {
    const { bytes } = this;
    for (let place = this.#next; place < jsonKeys.length; place++) {
      if (standsAt(bytes, at, quotedKeys[place] as Buffer)) return place;
    }
    return -1;
  }

  /** Reads what stands behind a key; false where the line is refused. */
  #field(place: number, at: number): boolean {
    const end = isNumber[place] ? this.#number(place, at) : this.#text(place, at);
    if (end < 0 || (this.bytes[end] !== comma && end !== this.to - 1)) return false;
    this.at = end;
    this.#next = place + 1;
    this.#seen |= 1 << place;
    return true;
  }

  /** Notes a text; the offset behind its closing quote, -1 where there is none. */
  #text(place: number, open: number): number {
    const { bytes, to } = this;
    if (bytes[open] !== quote) return -1;
    let escaped = 0;
    for (let at = open + 1; at < to; at++) {
      const code = bytes[at] as number;
      if (code === quote) {
        this.#starts[place] = open + 1;
        this.#ends[place] = at;
        this.#escaped[place] = escaped;
        return at + 1;
      }
      if (code < space) return -1;
      if (code !== backslash) continue;
      escaped = 1;
      if (!isJsonEscape(bytes, ++at)) return -1;
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

const isDigit = (code: number): boolean => code >= zero && code < zero + 10;
