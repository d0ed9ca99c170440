import { UnreachableError } from '../../errors.ts';
import type { Link } from './dial.ts';
import type { Session } from './session.ts';

/** After this long past the port without being let in, in ms, queries are told so instead of waiting. */
const stalledAfterMs = 5000;
/** An attempt is not abandoned before, in ms: each one leaves a backend behind. */
const abandonedAfterMs = 90_000;
/** Connections to one server, those included that were given up and are not seen to have ended. */
const ceiling = 3;

/** One attempt to connect. */
interface Attempt {
  readonly key: string;
  /** Settles when the attempt does: the session is handed over by then. */
  readonly done: Promise<void>;
  /** Rejects when the attempt takes too long for anybody to wait. */
  readonly stalled: Promise<never>;
  readonly abandon: () => void;
}

/** Makes the connections to one server, one at a time. */
export interface Connector {
  /**
   * Resolves when an attempt for `key` has succeeded; its session went to `settle`. Whoever asks with the key of the
   * attempt in flight shares it. Rejects with `UnreachableError`, or when `signal` aborts; the attempt itself goes on.
   */
  readonly connect: (request: ConnectRequest, signal: AbortSignal) => Promise<void>;
  /** Gives the attempt in flight up; it counts until it has ended. */
  readonly abandon: () => void;
  /** All connections that are not seen to have ended. */
  readonly links: ReadonlySet<Link>;
}

export interface ConnectRequest {
  /** Who it is for: attempts of one key are shared. */
  readonly key: string;
  readonly open: (onDial: (link: Link) => void) => Promise<Session>;
  /** Takes the session, also where nobody waits for it any more. */
  readonly settle: (result: { readonly session: Session } | { readonly error: unknown }) => void;
}

/** No connection yet. */
export function connector(): Connector {
  const links = new Set<Link>();
  let current: Attempt | undefined;

  const begin = ({ key, open, settle }: ConnectRequest): Attempt => {
    if (links.size >= ceiling) {
      throw new UnreachableError(
        'connect_stalled',
        `${links.size} earlier connections have not ended yet`,
        null,
      );
    }
    const timers: NodeJS.Timeout[] = [];
    let link: Link | undefined;
    let reached = false;
    let left = false;
    let stall: (error: UnreachableError) => void = () => undefined;
    const stalled = new Promise<never>((_, reject) => (stall = reject));
    stalled.catch(() => undefined);
    const over = (): void => {
      timers.forEach(clearTimeout);
      if (current === attempt) current = undefined;
    };
    const abandon = (): void => {
      left = true;
      over();
      stall(new UnreachableError('lost', 'the attempt to connect was given up', null));
      // One past the port has a backend that would be left behind: it ends by itself, and counts until then.
      if (reached) link?.leave();
      else link?.drop();
    };
    const onDial = (dialled: Link): void => {
      link = dialled;
      reached = false;
      links.add(dialled);
      void dialled.ended.then(() => links.delete(dialled));
      if (left) dialled.drop();
      void dialled.reached.then(() => {
        reached = true;
        if (timers.length > 0 || left) return;
        const slow = new UnreachableError(
          'connect_stalled',
          `the port answers, but after ${stalledAfterMs / 1000} s the server has not let us in`,
          null,
        );
        timers.push(
          setTimeout(() => stall(slow), stalledAfterMs),
          setTimeout(abandon, abandonedAfterMs),
        );
      });
    };
    const done = open(onDial).then(
      (session) => {
        over();
        if (left) session.link.leave();
        else settle({ session });
      },
      (error: unknown) => {
        over();
        if (!left) settle({ error });
        throw error;
      },
    );
    done.catch(() => undefined);
    const attempt: Attempt = { key, done, stalled, abandon };
    return attempt;
  };

  return {
    links,
    connect: async (request, signal) => {
      const aborted = new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      });
      aborted.catch(() => undefined);
      for (;;) {
        signal.throwIfAborted();
        const attempt = (current ??= begin(request));
        const mine = attempt.key === request.key;
        const outcome = mine ? attempt.done : attempt.done.catch(() => undefined);
        await Promise.race([outcome, attempt.stalled, aborted]);
        if (mine) return;
      }
    },
    abandon: () => current?.abandon(),
  };
}
