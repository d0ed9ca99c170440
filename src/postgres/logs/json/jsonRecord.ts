import { levelOfSqlstate, noSqlstate } from './jsonEntry.ts';
import { JsonFields } from './jsonFields.ts';
import { jsonKeys, placeOf } from './jsonKeys.ts';
import type { RawBytes } from '../rawText.ts';
import {
  type RecordHead,
  RecordMemory,
  type RecordSession,
  type RecordTail,
} from '../recordMemory.ts';
import { severityWord } from '../severityWord.ts';
import { standsAt } from '../standsAt.ts';

const [user, database, pid] = [placeOf('user'), placeOf('dbname'), placeOf('pid')];
const [host, session, line] = [placeOf('remote_host'), placeOf('session_id'), placeOf('line_num')];
const [start, vxid, severity] = [
  placeOf('session_start'),
  placeOf('vxid'),
  placeOf('error_severity'),
];
const [state, message] = [placeOf('state_code'), placeOf('message')];
const [application, backend] = [placeOf('application_name'), placeOf('backend_type')];
const query = placeOf('query_id');

const quotedPid = Buffer.from('"pid":');
/** The number of the process stands within so many bytes, unless names are very long. */
const searchedBytes = 256;
const [zero, nine] = [48, 57] as const;
/** From the comma before the key of the severity to its first letter. */
const severityLetter = ',"error_severity":"'.length;

/** Reads lines of jsonlog, of which what a session repeats is compared instead of read. */
export class JsonRecord extends JsonFields {
  readonly #memory = new RecordMemory();
  /** What is remembered of this line, or was made of its fields because somebody asked. */
  #session: RecordSession | undefined;
  #head: RecordHead | undefined;
  #tail: RecordTail | undefined;
  #process = 0;
  /** Where the number of the process stood in the line before, counted from behind the time. */
  #processAt = 0;

  /** Reads the line at `from` to `to` up to its message; false where it is refused. */
  begin(bytes: RawBytes, from: number, to: number): boolean {
    if (!this.open(bytes, from, to) || !this.read(user)) return false;
    const { sessions, starts, heads } = this.#memory;
    const process = this.#readProcess();
    this.#process = process;
    const who = this.piece(sessions, process, user, line, sessionOf);
    if (who === null || !this.read(start)) return false;
    if (this.piece(starts, process, start, vxid, startOf) === null) return false;
    if (!this.read(severity)) return false;
    const letter = bytes[this.at + severityLetter] ?? 0;
    const head = this.piece(heads, letter, severity, message, headOf);
    if (head === null) return false;
    this.#session = who;
    this.#head = head;
    this.#tail = undefined;
    return true;
  }

  /** Reads the rest of the line; false where it is refused. */
  rest(): boolean {
    const tail = this.piece(this.#memory.tails, this.#process, application, query, tailOf);
    if (tail === null) return false;
    this.#tail = tail;
    return this.read(jsonKeys.length) && this.at === this.to - 1;
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

  /** Of the session; most lines are counted only, and need no more of it. */
  get user(): string | undefined {
    return this.#session ? this.#session.user : this.name(user);
  }

  get database(): string | undefined {
    return this.#session ? this.#session.database : this.name(database);
  }

  /** The number of the process that writes, by which its session is found; any number where it is not found. */
  #readProcess(): number {
    const { bytes } = this;
    const from = this.at;
    const last = Math.min(this.to, from + searchedBytes);
    let at = from + this.#processAt;
    if (!standsAt(bytes, at, quotedPid)) {
      at = from;
      while (at < last && !standsAt(bytes, at, quotedPid)) at++;
      this.#processAt = at - from;
    }
    let number = 0;
    for (at += quotedPid.length; at < last; at++) {
      const code = bytes[at] ?? 0;
      if (code < zero || code > nine) break;
      number = (number * 10 + code - zero) | 0;
    }
    return number;
  }
}

const startOf = (): true => true;

const sessionOf = (fields: JsonFields): RecordSession => ({
  user: fields.name(user),
  database: fields.name(database),
  pid: fields.number(pid),
  client: fields.name(host),
  id: fields.name(session),
});

function headOf(fields: JsonFields): RecordHead {
  const word = fields.name(severity);
  const sqlstate = fields.name(state) ?? noSqlstate;
  if (word === undefined) return { level: undefined, sqlstate };
  return { level: severityWord(word)?.level ?? levelOfSqlstate(sqlstate), sqlstate };
}

const tailOf = (fields: JsonFields): RecordTail => ({
  application: fields.name(application),
  backend: fields.name(backend),
});
