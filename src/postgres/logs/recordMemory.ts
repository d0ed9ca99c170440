import type { Level } from './level.ts';
import { PieceMemory } from './pieceMemory.ts';

/** What all records of a session say of it. */
export interface RecordSession {
  readonly user: string | undefined;
  readonly database: string | undefined;
  readonly pid: number | undefined;
  readonly client: string | undefined;
  readonly id: string | undefined;
}

/** What a record says of its message before it. */
export interface RecordHead {
  /** Undefined where there is no severity. */
  readonly level: Level | undefined;
  readonly sqlstate: string | undefined;
}

/** What a record says of its session behind its message. */
export interface RecordTail {
  readonly application: string | undefined;
  readonly backend: string | undefined;
}

/** About as many as write at a time. */
const sessions = 256;

/** Pieces of csvlog or jsonlog that come again and again: those of a session are found by the number of its process. */
export class RecordMemory {
  /** Who it is, up to the number of the line. */
  readonly sessions = new PieceMemory<RecordSession>(sessions, 192);
  /** When it began, up to its virtual transaction. */
  readonly starts = new PieceMemory<true>(sessions, 64);
  /** Severity and SQLSTATE, found by the first letter of the severity. */
  readonly heads = new PieceMemory<RecordHead>(32, 96);
  /** From the name of the application up to the identifier of the query. */
  readonly tails = new PieceMemory<RecordTail>(sessions, 128);
}
