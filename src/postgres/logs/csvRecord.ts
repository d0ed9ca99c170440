import { type NameOf, nameReader } from './nameReader.ts';
import { type RawBytes, type TextOf, bytesOf } from './rawText.ts';

/** What `CsvRecord.read` found. */
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
const quote = 34;
const comma = 44;
const newline = 10;
const nothing = bytesOf('');

/** Whether a record begins at a place. */
export type IsRecord = (bytes: RawBytes, at: number, size: number) => boolean;

/**
 * Reads records of csvlog as RFC 4180 has them: fields are divided by commas; one in quotes may hold commas, newlines
 * and doubled quotes. It passes over the text once, and is used again for the next record.
 */
export class CsvRecord {
  /** How many fields there are: 24 in PostgreSQL 13, 26 since 14. */
  length = 0;
  /** Where the newline behind the record stands, or the end of the text. */
  end = 0;
  readonly #starts = new Int32Array(maxFields);
  readonly #ends = new Int32Array(maxFields);
  readonly #doubled = new Uint8Array(maxFields);
  readonly #textOf: TextOf;
  readonly #nameOf: NameOf;
  /** In which the record stands. */
  bytes: RawBytes = nothing;

  constructor(textOf: TextOf) {
    this.#textOf = textOf;
    this.#nameOf = nameReader(textOf);
  }

  /**
   * Reads the record that begins at `from`.
   *
   * @param size - Where the bytes end.
   * @param isRecord - Whether a record begins at a place; asked for lines within quotes.
   */
  read(bytes: RawBytes, from: number, size: number, isRecord: IsRecord): CsvFound {
    const starts = this.#starts;
    const ends = this.#ends;
    this.bytes = bytes;
    let length = 0;
    for (let at = from; ; at++) {
      if (length === maxFields) return 'none';
      let code = bytes[at];
      let doubled = 0;
      if (code === quote) {
        starts[length] = ++at;
        for (; at < size; at++) {
          code = bytes[at];
          if (code === quote) {
            if (bytes[at + 1] !== quote) break;
            doubled = 1;
            at++;
          } else if (code === newline && isRecord(bytes, at + 1, size)) {
            this.end = at;
            return 'torn';
          }
        }
        if (at >= size) return 'open';
        ends[length] = at++;
      } else {
        starts[length] = at;
        while (at < size) {
          code = bytes[at];
          if (code === comma || code === newline) break;
          if (code === quote) return 'none';
          at++;
        }
        ends[length] = at;
      }
      this.#doubled[length++] = doubled;
      if (at >= size || bytes[at] === newline) {
        this.length = length;
        this.end = at;
        return 'record';
      }
      if (bytes[at] !== comma) return 'none';
    }
  }

  /** Where a field begins in the text, behind its quote. */
  start(index: number): number {
    return index < this.length ? (this.#starts[index] ?? 0) : 0;
  }

  /** Where it ends. */
  stop(index: number): number {
    return index < this.length ? (this.#ends[index] ?? 0) : 0;
  }

  /** Whether a field holds quotes, which are doubled there. */
  isDoubled(index: number): boolean {
    return index < this.length && this.#doubled[index] === 1;
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
}

/**
 * Whether a record of csvlog begins at a place, even if it looks as if within quotes: the fields up to the message and
 * a quote that opens one, which text within quotes cannot hold, as its quotes are doubled.
 */
export function isRecordStart(bytes: RawBytes, from: number, size: number): boolean {
  if (bytes[from + 4] !== dash || bytes[from + 10] !== space) return false;
  if (bytes[from + 13] !== colon) return false;
  let at = from;
  for (let field = 0; field < 13; field++) {
    const begin = at;
    if (bytes[at] === quote) at = behindQuotes(bytes, at, size);
    else at = endOfPlain(bytes, at, size);
    if (bytes[at] !== comma) return false;
    // Severity and SQLSTATE are never missing.
    if (field >= 11 && at === begin) return false;
    at++;
  }
  let quotes = 0;
  while (at + quotes < size && bytes[at + quotes] === quote) quotes++;
  return quotes % 2 === 1 || (quotes === 2 && bytes[at + 2] === comma);
}

const dash = 45;
const space = 32;
const colon = 58;

/** Behind the quote that closes a field within its line; the place of the opening one where there is none. */
function behindQuotes(bytes: RawBytes, from: number, size: number): number {
  for (let at = from + 1; at < size; at++) {
    const code = bytes[at];
    if (code === newline) break;
    if (code !== quote) continue;
    if (bytes[at + 1] !== quote) return at + 1;
    at++;
  }
  return from;
}

function endOfPlain(bytes: RawBytes, from: number, size: number): number {
  for (let at = from; at < size; at++) {
    const code = bytes[at];
    if (code === comma || code === quote || code === newline) return at;
  }
  return size;
}
