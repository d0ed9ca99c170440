import type { Assembled } from '../assembly.ts';
import type { LogEntry, LogPosition } from '../entry.ts';
import type { EntryFields } from '../entryFields.ts';
import type { LogHead } from '../logHead.ts';
import { type CountedRun, type Kind, countIn } from '../logKinds.ts';

/** What is known of a message to which lines may still be added, or of several that are only counted. */
interface Openness {
  /** How many sessions wrote their last message here. */
  sessions: number;
  /** Characters of its text. */
  chars: number;
  touchedAt: number;
  touchedBytes: number;
}

/** A message to which lines may still be added, or several that are only counted. */
export type OpenMessage = Assembled & Openness;

/** One that writes into the log. */
export interface Session {
  /** Its last message, as long as that was not handed out. */
  last: OpenMessage | undefined;
}

/** When a message is complete to which its session added none. */
export interface ClosedAfter {
  readonly ms: number;
  /** Of others, behind its last line. */
  readonly bytes: number;
}

/** Sessions are forgotten above this if no message of theirs is open. */
const manySessions = 1000;
/** A run of messages that are only counted ends after so many bytes. */
const runBytes = 16_384;

/**
 * The messages of a log that were begun and not handed out, in the order of their first bytes, each with the session
 * that may go on with it. Messages that are only counted are kept as runs: nothing is made for each.
 */
export class OpenMessages {
  #queue: OpenMessage[] = [];
  readonly #sessions = new Map<string, Session>();
  #run: (CountedRun & Openness) | undefined;
  #runEnd = 0;
  readonly #after: ClosedAfter;

  constructor(after: ClosedAfter) {
    this.#after = after;
  }

  /** The session of a name. */
  session(name: string): Session {
    const known = this.#sessions.get(name);
    if (known) return known;
    if (this.#sessions.size >= manySessions) {
      for (const [other, { last }] of this.#sessions) {
        if (!last || last.sessions < 0) this.#sessions.delete(other);
      }
    }
    const made: Session = { last: undefined };
    this.#sessions.set(name, made);
    return made;
  }

  /** The last message of a session, if it is still here. */
  lastOf(session: Session): OpenMessage | undefined {
    return session.last && session.last.sessions >= 0 ? session.last : undefined;
  }

  /** Begins a message that is kept. */
  keep(
    session: Session,
    head: LogHead,
    entry: LogEntry,
    fields: EntryFields | undefined,
    redactedBytes: number | undefined,
    now: number,
    bytes: number,
  ): OpenMessage {
    this.#run = undefined;
    const { position, message } = entry;
    const chars = message.length;
    const open: OpenMessage = {
      position,
      head,
      entry,
      fields,
      redactedBytes,
      sessions: 0,
      chars,
      touchedAt: now,
      touchedBytes: bytes,
    };
    this.#queue.push(open);
    this.#moveTo(session, open);
    return open;
  }

  /** Counts a message that is not kept. */
  count(
    session: Session,
    kind: Kind,
    durationMs: number,
    fileId: string,
    offset: number,
    now: number,
    bytes: number,
  ): OpenMessage {
    let run = this.#run;
    if (run === undefined || bytes > this.#runEnd) {
      run = {
        position: { file_id: fileId, offset },
        entry: null,
        counts: [],
        sessions: 0,
        chars: 0,
        touchedAt: now,
        touchedBytes: bytes,
      };
      this.#queue.push(run);
      this.#run = run;
      this.#runEnd = bytes + runBytes;
    }
    run.touchedAt = now;
    run.touchedBytes = bytes;
    countIn(run, kind, durationMs);
    if (session.last !== run) this.#moveTo(session, run);
    return run;
  }

  /** Takes the oldest as far as they are complete, or all. */
  take(now: number, bytes: number, all = false): readonly Assembled[] {
    const queue = this.#queue;
    const { ms, bytes: others } = this.#after;
    const taken: Assembled[] = [];
    for (const open of queue) {
      const { sessions, touchedAt, touchedBytes } = open;
      const late = now - touchedAt >= ms || bytes - touchedBytes >= others;
      if (!all && sessions > 0 && !late) break;
      // What follows has nothing to be added to any more.
      open.sessions = -1;
      if (open === this.#run) this.#run = undefined;
      taken.push(open);
    }
    if (taken.length > 0) this.#queue = queue.slice(taken.length);
    return taken;
  }

  oldest(): LogPosition | undefined {
    return this.#queue[0]?.position;
  }

  #moveTo(session: Session, open: OpenMessage): void {
    const before = session.last;
    if (before && before.sessions > 0) before.sessions--;
    open.sessions++;
    session.last = open;
  }
}
