import { OtherServerError, type UnreachableError } from '../../errors.ts';
import type { Query, Row } from '../../ports/server.ts';
import type { ServerSettings } from '../../schema/config.ts';
import type { Connector } from './connector.ts';
import type { Link } from './dial.ts';
import { run } from './run.ts';
import type { Session } from './session.ts';
import { turns } from './turns.ts';
import { unreachable } from './unreachable.ts';

/** Where a lane's next session goes: the newest settings. */
export interface Target {
  readonly settings: ServerSettings;
  /** Grows with each change of settings: sessions of an older one serve no further query. */
  readonly generation: number;
}

export interface LaneOptions {
  readonly name: string;
  readonly target: () => Target;
  readonly connector: Connector;
  readonly open: (
    target: Target,
    database: string,
    onDial: (link: Link) => void,
  ) => Promise<Session>;
  /** Which start of a server the newest connection of any lane leads to; null where none told. */
  readonly newestStart: () => string | null;
  /** For connections to databases other than the maintenance one; default: they are kept. */
  readonly brief?: {
    /** No statement starts on a connection older than this, in ms. */
    readonly maxAgeMs: number;
    /** Closed after this long without a query, in ms. */
    readonly maxIdleMs: number;
    /** Time between two connects, in ms. */
    readonly connectEveryMs: number;
    /** How soon the next query of a visit follows the one before, in ms. */
    readonly followUpMs: number;
  };
}

/** One connection, and the queue of queries for it. */
export interface Lane {
  /** Runs one query when its turn has come. Settles when the lane is free again. */
  readonly execute: (
    query: Query,
    database: string,
    signal: AbortSignal,
    emit: (rows: readonly Row[]) => void,
  ) => Promise<void>;
  readonly session: () => Session | undefined;
  /** Says goodbye to an idle session that serves no further query: after new settings. */
  readonly refresh: () => void;
}

/** The lane's connection. */
interface Held {
  readonly session: Session;
  readonly generation: number;
  /** See `placeOf`. */
  readonly place: string;
}

/** Who can use one session after another: those in one database; guests among themselves. No name holds the sign. */
const placeOf = (database: string, { guest }: Query): string =>
  guest ? `${database}\0guests` : database;

/** The first wait after a failed connect, in ms; doubled up to the last. The fast lane's 10 s tick always gets a try. */
const backoffMs = { first: 1000, last: 8000 } as const;

/** All times are of a clock that nobody sets: a wait must not last until a clock that was set back is there again. */
export function lane({ name, target, connector, open, newestStart, brief }: LaneOptions): Lane {
  let held: Held | undefined;
  let busy = false;
  let idle: NodeJS.Timeout | undefined;
  let connectedAt = -Infinity;
  let failure = {
    count: 0,
    at: 0,
    generation: -1,
    error: undefined as UnreachableError | undefined,
  };

  const close = (): void => {
    clearTimeout(idle);
    if (!held) return;
    const { link } = held.session;
    held = undefined;
    if (!link.isEnded()) link.leave();
  };

  const usable = (place: string): Session | undefined => {
    if (!held) return undefined;
    const { session, generation } = held;
    const old = brief !== undefined && performance.now() - session.openedAt > brief.maxAgeMs;
    const good =
      !session.spent &&
      !session.link.isEnded() &&
      held.place === place &&
      generation === target().generation &&
      !old;
    return good ? session : undefined;
  };

  // A visit to a database is several queries: who reads there as well goes before a visit elsewhere. A connect to that one
  // would have to wait anyway, and a connection is not usable for long.
  const queue = turns({
    prefers: (place) => brief !== undefined && usable(place) !== undefined,
    keptFor: () =>
      brief && held && usable(held.place)
        ? Math.max(connectedAt + brief.connectEveryMs - performance.now(), brief.followUpMs)
        : 0,
  });

  const acquire = async (
    database: string,
    place: string,
    signal: AbortSignal,
  ): Promise<Session> => {
    for (;;) {
      const ready = usable(place);
      if (ready) return ready;
      if (held) {
        const { link } = held.session;
        close();
        await Promise.race([link.ended, pause(1000, signal)]);
      }
      const goal = target();
      const { generation } = goal;
      refuseTooSoon(generation);
      if (brief) await pause(connectedAt + brief.connectEveryMs - performance.now(), signal);
      await connector.connect(
        {
          key: `${name}/${generation}/${place}`,
          open: (onDial) => {
            connectedAt = performance.now();
            return open(goal, database, onDial);
          },
          settle: (result) => {
            if ('error' in result) failure = nextFailure(generation, result.error);
            else {
              failure.count = 0;
              held = { session: result.session, generation, place };
              if (!busy || generation !== target().generation) scheduleClose();
            }
          },
        },
        signal,
      );
    }
  };

  const refuseTooSoon = (generation: number): void => {
    const { count, at, error } = failure;
    if (count === 0 || !error || generation !== failure.generation) return;
    const wait = Math.min(backoffMs.first * 2 ** (count - 1), backoffMs.last);
    if (performance.now() < at + wait) throw error;
  };
  const nextFailure = (generation: number, error: unknown) => ({
    count: (generation === failure.generation ? failure.count : 0) + 1,
    at: performance.now(),
    generation,
    error: unreachable(error),
  });

  /** After a failover the old server may still be there: its connection ends once a newer one leads elsewhere. */
  const leaveOther = (error: unknown): void => {
    const newest = newestStart();
    if (!(error instanceof OtherServerError) || !held || newest === null) return;
    if (held.session.start !== newest) held.session.spent = true;
  };

  const scheduleClose = (): void => {
    clearTimeout(idle);
    if (!held || busy) return;
    if (held.session.spent || held.generation !== target().generation) close();
    else if (brief) idle = setTimeout(close, brief.maxIdleMs);
  };

  return {
    execute: async (query, database, signal, emit) => {
      const place = placeOf(database, query);
      const release = await queue.take(signal, place);
      busy = true;
      clearTimeout(idle);
      try {
        const refused = query.gate?.();
        if (refused) throw refused;
        const session = await acquire(database, place, signal);
        await run(session, query, signal, emit);
      } catch (error) {
        leaveOther(error);
        throw error;
      } finally {
        busy = false;
        scheduleClose();
        release();
      }
    },
    session: () => held?.session,
    refresh: scheduleClose,
  };
}

/** Waits, unless `signal` aborts first. */
const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    if (ms <= 0) {
      resolve();
      return;
    }
    const leave = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', leave);
      resolve();
    }, ms);
    signal.addEventListener('abort', leave, { once: true });
  });
