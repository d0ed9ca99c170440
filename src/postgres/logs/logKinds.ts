import type { LogPosition } from './entry.ts';
import type { EntryFields } from './entryFields.ts';
import { DurationMessage } from './events/durationMessage.ts';
import { eventOf } from './events/eventOf.ts';
import type { Level } from './level.ts';
import type { Judge, LogHead } from './logHead.ts';
import type { RawBytes } from './rawText.ts';

/** How many messages of one kind were counted. */
export interface Counted {
  readonly head: LogHead;
  count: number;
  /** Sum of the durations that they tell, ms; null where none does. */
  duration_ms: number | null;
}

/** Messages that follow each other and are only counted. */
export interface CountedRun {
  /** Of the first of them. */
  readonly position: LogPosition;
  readonly entry: null;
  readonly counts: Counted[];
}

/** Messages of one head. */
export interface Kind {
  readonly head: LogHead;
  /** What the judge said of it. */
  readonly least: number;
  /** Where messages of this kind were counted last. */
  run: CountedRun | undefined;
  counted: Counted | undefined;
}

/** More kinds are not remembered. */
const remembered = 64;

/**
 * The kinds that messages of a log are of: most are like one of the last few, so that neither an object is made for each
 * nor the judge asked about it.
 */
export class LogKinds {
  #kinds: Kind[] = [];
  #last: Kind | undefined;
  #judge: Judge = () => 0;
  /** What the message that was read last says, if it tells a duration. */
  readonly #duration = new DurationMessage();

  /** Who is to be asked from now on. */
  use(judge: Judge): void {
    if (this.#judge === judge) return;
    this.#judge = judge;
    this.#kinds = [];
    this.#last = undefined;
  }

  /** Duration that the message tells that was read last, ms; NaN where it tells none. */
  get durationMs(): number {
    return this.#duration.ms;
  }

  /** What it tells by its first words alone, as fields of its entry. */
  get fields(): EntryFields | undefined {
    return this.#duration.fields;
  }

  /** The kind of the message at `from` to `to`: its first line at least. */
  read(
    level: Level,
    bytes: RawBytes,
    from: number,
    to: number,
    sqlstate: string | undefined,
    database: string | undefined,
    user: string | undefined,
  ): Kind {
    const event = this.#eventOf(level, bytes, sqlstate, from, to);
    return this.#of(level, event, sqlstate, database, user);
  }

  /** The kind of the line at `from` to `to` that is no message of PostgreSQL. */
  other(bytes: RawBytes, from: number, to: number): Kind {
    const event = this.#eventOf('LOG', bytes, undefined, from, to) ?? 'server_output';
    this.#duration.ms = NaN;
    return this.#of('LOG', event, undefined, undefined, undefined);
  }

  #eventOf(
    level: Level,
    bytes: RawBytes,
    sqlstate: string | undefined,
    from: number,
    to: number,
  ): string | undefined {
    const duration = this.#duration;
    if (duration.read(bytes, from, to)) return duration.event;
    return eventOf(level, bytes, sqlstate, from, to);
  }

  #of(
    level: Level,
    event: string | undefined,
    sqlstate: string | undefined,
    database: string | undefined,
    user: string | undefined,
  ): Kind {
    const last = this.#last;
    if (last && is(last.head, level, event, sqlstate, database, user)) return last;
    for (const kind of this.#kinds) {
      if (is(kind.head, level, event, sqlstate, database, user)) return (this.#last = kind);
    }
    if (this.#kinds.length >= remembered) this.#kinds = [];
    const head: LogHead = { level, sqlstate, database, user, event };
    const kind: Kind = { head, least: this.#judge(head), run: undefined, counted: undefined };
    this.#kinds.push(kind);
    return (this.#last = kind);
  }
}

const is = (
  head: LogHead,
  level: Level,
  event: string | undefined,
  sqlstate: string | undefined,
  database: string | undefined,
  user: string | undefined,
): boolean =>
  head.event === event &&
  head.level === level &&
  head.database === database &&
  head.user === user &&
  head.sqlstate === sqlstate;

/** Whether a message of a kind is to be sent; NaN where it tells no duration. */
export const isSent = ({ least }: Kind, durationMs: number): boolean =>
  least === 0 || (least !== Infinity && !(durationMs < least));

/** Counts one message more in a run. */
export function countIn(run: CountedRun, kind: Kind, durationMs: number): void {
  if (kind.run !== run || kind.counted === undefined) {
    kind.run = run;
    kind.counted = { head: kind.head, count: 0, duration_ms: null };
    run.counts.push(kind.counted);
  }
  const { counted } = kind;
  counted.count++;
  if (!Number.isNaN(durationMs)) counted.duration_ms = (counted.duration_ms ?? 0) + durationMs;
}
