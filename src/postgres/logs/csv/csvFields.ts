import { type NameOf, nameReader } from '../nameReader.ts';
import type { PieceMemory } from '../pieceMemory.ts';
import { type RawBytes, type TextOf, bytesOf, viewOf } from '../rawText.ts';

/** What a record of csvlog was found to be. */
export type CsvFound =
  /** A record. */
  | 'record'
  /** Nothing that could be one: text behind a closing quote, a quote within a field, more than 64 fields. */
  | 'none'
  /** The text ends within quotes. */
  | 'open'
  /** Within quotes a line begins as only a record can: what was read lost its end. */
  | 'torn';

/** More than any version has. */
const maxFields = 64;
const [newline, quote, comma, zero] = [10, 34, 44, 48] as const;
/** So many digits are a number exactly. */
const exactDigits = 15;

/** Whether a record begins at a place. */
export type IsRecord = (bytes: RawBytes, at: number, size: number) => boolean;

/**
 * The fields of a record of csvlog as RFC 4180 has them: they are divided by commas; one in quotes may hold commas,
 * newlines and doubled quotes. It passes over the text once, and is used again for the next record.
 */
export class CsvFields {
  /** In which the record stands. */
  bytes: RawBytes = bytesOf('');
  /** Where the next field begins. */
  at = 0;
  /** How many fields were read. */
  length = 0;
  /** Where the newline behind the record stands, or the end of the text. */
  end = 0;
  /** Undefined as long as fields follow. */
  found: CsvFound | undefined;
  #size = 0;
  #isRecord: IsRecord = () => false;
  #view = viewOf(this.bytes);
  readonly #starts = new Int32Array(maxFields);
  readonly #ends = new Int32Array(maxFields);
  readonly #doubled = new Uint8Array(maxFields);
  readonly #textOf: TextOf;
  readonly #nameOf: NameOf;
  /** A bit for each of the first 32 fields that was read and is not empty. */
  #filled = 0;

  constructor(textOf: TextOf) {
    this.#textOf = textOf;
    this.#nameOf = nameReader(textOf);
  }

  /** Begins with the record at `from`; `size` is where the bytes end. */
  open(bytes: RawBytes, from: number, size: number, isRecord: IsRecord): void {
    if (bytes !== this.bytes) this.#view = viewOf(bytes);
    this.bytes = bytes;
    this.at = from;
    this.length = 0;
    this.found = undefined;
    this.#size = size;
    this.#isRecord = isRecord;
    this.#filled = 0;
  }

  /** Reads the fields before one, default all; whether others follow. */
  fields(until = maxFields + 1): boolean {
    this.found ??= this.#fields(until);
    return this.found === undefined;
  }

  /**
   * Reads the fields before one. What `make` makes of them is given where they are remembered; then they themselves are
   * not told.
   */
  piece<Known>(
    memory: PieceMemory<Known>,
    hash: number,
    until: number,
    make: (fields: this) => Known,
  ): Known | undefined {
    const { bytes, at } = this;
    const piece = memory.find(hash, this.#view, at, this.#size);
    if (piece) {
      this.at = at + piece.length;
      this.length = until;
      return piece.known;
    }
    if (!this.fields(until) || !memory.wants(hash)) return undefined;
    // What a newline within quotes means depends on what follows it.
    const line = bytes.indexOf(newline, at);
    if (line >= 0 && line < this.at) return undefined;
    const known = make(this);
    memory.keep(hash, bytes, at, this.at, known);
    return known;
  }

  /** Whether one of some of the first 32 fields was read and is not empty, a bit for each. */
  has(fields: number): boolean {
    return (this.#filled & fields) !== 0;
  }

  /** Where a field begins in the text, behind its quote; 0 where it is empty or was not read. */
  start(index: number): number {
    return this.#isFilled(index) ? (this.#starts[index] ?? 0) : 0;
  }

  /** Where it ends. */
  stop(index: number): number {
    return this.#isFilled(index) ? (this.#ends[index] ?? 0) : 0;
  }

  /** Whether a field holds quotes, which are doubled there. */
  isDoubled(index: number): boolean {
    return this.#isFilled(index) && this.#doubled[index] === 1;
  }

  /** A field, unquoted; undefined where it is empty or missing. */
  value(index: number): string | undefined {
    const start = this.start(index);
    const end = this.stop(index);
    if (start === end) return undefined;
    const text = this.#textOf(this.bytes, start, end);
    return this.#doubled[index] === 1 ? text.replaceAll('""', '"') : text;
  }

  /** The same of a field whose values come again and again. */
  name(index: number): string | undefined {
    const start = this.start(index);
    const end = this.stop(index);
    if (start === end) return undefined;
    if (this.#doubled[index] === 1) return this.value(index);
    return this.#nameOf(this.bytes, start, end);
  }

  /** A whole number; undefined where there is none. */
  number(index: number): number | undefined {
    const start = this.start(index);
    const end = this.stop(index);
    if (start === end) return undefined;
    let number = 0;
    for (let at = start; at < end && number >= 0; at++) {
      const digit = (this.bytes[at] ?? 0) - zero;
      number = digit >= 0 && digit <= 9 ? number * 10 + digit : -1;
    }
    if (number >= 0 && end - start <= exactDigits) return number;
    number = Number(this.value(index));
    return Number.isInteger(number) ? number : undefined;
  }

  #isFilled(index: number): boolean {
    return index < 32 ? this.has(1 << index) : index < this.length;
  }

  /** Reads the fields before one; what the record is if it ends before. */
  #fields(until: number): CsvFound | undefined {
    const { bytes } = this;
    const size = this.#size;
    const starts = this.#starts;
    const ends = this.#ends;
    const doubles = this.#doubled;
    let { length, at } = this;
    let filled = this.#filled;
    let found: CsvFound | undefined;
    while (length < until) {
      if (length === maxFields) return 'none';
      let doubled = 0;
      let end = at;
      if (bytes[at] === quote) {
        starts[length] = ++at;
        for (; at < size; at++) {
          const code = bytes[at];
          if (code === quote) {
            if (bytes[at + 1] !== quote) break;
            doubled = 1;
            at++;
          } else if (code === newline && this.#isRecord(bytes, at + 1, size)) {
            this.end = at;
            return 'torn';
          }
        }
        if (at >= size) return 'open';
        end = at++;
        if (length < 32) filled |= 1 << length;
      } else {
        starts[length] = at;
        for (; at < size; at++) {
          const code = bytes[at];
          if (code === comma || code === newline) break;
          if (code === quote) return 'none';
        }
        if (at > end && length < 32) filled |= 1 << length;
        end = at;
      }
      ends[length] = end;
      doubles[length++] = doubled;
      if (at < size && bytes[at] === comma) {
        at++;
        continue;
      }
      this.end = at;
      found = at >= size || bytes[at] === newline ? 'record' : 'none';
      break;
    }
    this.length = length;
    this.at = at;
    this.#filled = filled;
    return found;
  }
}
