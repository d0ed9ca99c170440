import { csvColumn as column } from './csvColumn.ts';
import { type CsvFound, CsvFields, type IsRecord } from './csvFields.ts';
import { levelOfSqlstate } from '../json/jsonEntry.ts';
import type { RawBytes } from '../rawText.ts';
import {
  type RecordHead,
  RecordMemory,
  type RecordSession,
  type RecordTail,
} from '../recordMemory.ts';
import { severityWord } from '../severityWord.ts';

const [comma, zero] = [44, 48] as const;
/** The number of the process stands within so many bytes, unless names are very long. */
const searchedBytes = 256;

/** Between where the user begins and the number of the process. */
const commasBefore = column.pid - column.user;

/** Reads records of csvlog, of which what a session repeats is compared instead of read. */
export class CsvRecord extends CsvFields {
  readonly #memory = new RecordMemory();
  /** What is remembered of this record, or was made of its fields because somebody asked. */
  #session: RecordSession | undefined;
  #head: RecordHead | undefined;
  #tail: RecordTail | undefined;
  /** Where the number of the process stood in the record before, counted from behind the time. */
  #processAt = 0;

  /**
   * Reads the record that begins at `from`. Of its fields those that `session`, `head` and `tail` tell may be missing.
   *
   * @param size - Where the bytes end.
   * @param isRecord - Whether a record begins at a place; asked for lines within quotes.
   */
  read(bytes: RawBytes, from: number, size: number, isRecord: IsRecord): CsvFound {
    this.open(bytes, from, size, isRecord);
    this.#session = undefined;
    this.#head = undefined;
    this.#tail = undefined;
    const { sessions, starts, heads, tails } = this.#memory;
    if (this.fields(column.user)) {
      const process = this.#readProcess(size);
      this.#session = this.piece(sessions, process, column.line_num, sessionOf);
      if (this.fields(column.session_start)) this.piece(starts, process, column.vxid, startOf);
      if (this.fields(column.error_severity)) {
        this.#head = this.piece(heads, bytes[this.at] ?? 0, column.message, headOf);
      }
      if (this.fields(column.application_name)) {
        this.#tail = this.piece(tails, process, column.query_id, tailOf);
      }
      this.fields();
    }
    return this.found ?? 'none';
  }

  get session(): RecordSession {
    return (this.#session ??= sessionOf(this));
  }

  get head(): RecordHead {
    return (this.#head ??= headOf(this));
  }

  get tail(): RecordTail {
    return (this.#tail ??= tailOf(this));
  }

  /** Of the session; most records are counted only, and need no more of it. */
  get user(): string | undefined {
    return this.#session ? this.#session.user : this.name(column.user);
  }

  get database(): string | undefined {
    return this.#session ? this.#session.database : this.name(column.database);
  }

  /** The number of the process that writes, by which its session is found; any number where it is not found. */
  #readProcess(size: number): number {
    const { bytes, at: from } = this;
    const last = Math.min(size, from + searchedBytes);
    let at = from + this.#processAt;
    if (bytes[at - 1] !== comma || !isDigit(bytes[at] ?? 0)) {
      at = from;
      for (let left = commasBefore; at < last && left > 0; at++) if (bytes[at] === comma) left--;
      this.#processAt = at - from;
    }
    let number = 0;
    for (; at < last; at++) {
      const code = bytes[at] ?? 0;
      if (!isDigit(code)) break;
      number = (number * 10 + code - zero) | 0;
    }
    return number;
  }
}

const sessionOf = (fields: CsvFields): RecordSession => ({
  user: fields.name(column.user),
  database: fields.name(column.database),
  pid: fields.number(column.pid),
  client: fields.name(column.client_addr)?.replace(/:\d{1,5}$/, ''),
  id: fields.name(column.session_id),
});

const isDigit = (code: number): boolean => code >= zero && code < zero + 10;

const startOf = (): true => true;

function headOf(fields: CsvFields): RecordHead {
  const word = fields.name(column.error_severity);
  const sqlstate = fields.name(column.sqlstate);
  if (word === undefined) return { level: undefined, sqlstate };
  return { level: severityWord(word)?.level ?? levelOfSqlstate(sqlstate), sqlstate };
}

const tailOf = (fields: CsvFields): RecordTail => ({
  application: fields.name(column.application_name),
  backend: fields.name(column.backend_type),
});
