import { UnreachableError } from '../../errors.ts';
import type { Query, Row } from '../../ports/server.ts';
import { begin } from './begin.ts';
import { mark } from './mark.ts';
import { guestRead } from './guestRead.ts';
import { drainPortal } from './portal.ts';
import { refuseOther } from './refuseOther.ts';
import type { Session } from './session.ts';
import { leaveStatement, timeoutStatement } from './sessionSettings.ts';
import { failed } from './unreachable.ts';

/** How much longer than the server the client waits before it cancels, in ms. */
const clientGraceMs = 1000;
/** How long a cancelled statement may take to end before the connection is given up, in ms. */
const cancelGraceMs = 2000;

/**
 * Runs one query on a session and emits its rows. Settles when the server has answered to the end, or when the
 * connection was given up: only then another statement may run on this lane. Rejects with `QueryError` or
 * `UnreachableError`.
 *
 * @param signal aborts when nobody wants the answer any more: the statement is cancelled on the server
 */
export async function run(
  session: Session,
  query: Query,
  signal: AbortSignal,
  emit: (rows: readonly Row[]) => void,
): Promise<void> {
  // Before anything is armed that would cancel it: the next statement would be hit.
  signal.throwIfAborted();
  // Behind a pooler each transaction may be on another server: there it asks.
  if (!session.pooler) refuseOther(session, query);
  const stop = new AbortController();
  const interrupted = interruption(session, stop.signal);
  const end = (): void => {
    stop.abort();
  };
  const deadline = setTimeout(end, query.timeoutMs + clientGraceMs);
  signal.addEventListener('abort', end, { once: true });
  let rows: readonly Row[] | undefined;
  const startedAt = performance.now();
  try {
    rows = await Promise.race([statements(session, query, stop.signal, emit), interrupted.givenUp]);
  } catch (error) {
    const problem = failed(error, query.name);
    if (problem instanceof UnreachableError) session.spent = true;
    throw problem;
  } finally {
    clearTimeout(deadline);
    signal.removeEventListener('abort', end);
    query.took?.(performance.now() - startedAt);
    await interrupted.settled();
  }
  // Only now: whoever takes the first value and leaves must not cancel what has ended.
  if (rows) emit(rows);
}

/** BEGIN and COMMIT where needed, the time-out, and the statement itself; its rows, where they were not emitted in chunks. */
async function statements(
  session: Session,
  query: Query,
  stop: AbortSignal,
  emit: (rows: readonly Row[]) => void,
): Promise<readonly Row[] | undefined> {
  const { client } = session.link;
  const { timeoutMs, guest } = query;
  const transaction = session.pooler || query.settings !== undefined || guest !== undefined;
  const sql = guest ? query.sql : mark(query.name, query.sql);
  const values = query.values ?? [];
  let rows: readonly Row[] | undefined;
  try {
    if (transaction) await begin(session, query);
    else if (session.statementTimeoutMs !== timeoutMs) {
      await client.query(timeoutStatement(timeoutMs));
      session.statementTimeoutMs = timeoutMs;
    }
    if (stop.aborted) throw new UnreachableError('timeout', 'no time left for the query', null);
    if (guest) rows = await guestRead(client, sql, guest);
    else if (query.batch !== undefined) {
      await drainPortal(client, { sql, values, batch: query.batch, emit, stop });
    } else {
      const read = { text: sql, values: [...values], rowMode: 'array' as const };
      rows = (await client.query<string[]>(read)).rows;
    }
  } catch (error) {
    if (guest) await farewell(session);
    else if (transaction) await client.query('ROLLBACK').catch(() => (session.spent = true));
    throw error;
  }
  if (guest) await farewell(session);
  else if (transaction) await client.query('COMMIT');
  return rows;
}

/** Takes back all that a guest did. Behind a pooler the session is also other people's: there only what can be a guest's. */
async function farewell(session: Session): Promise<void> {
  const { client } = session.link;
  try {
    // One message: a pooler hands the backend on behind it.
    await client.query(leaveStatement);
    if (!session.pooler) await client.query('DISCARD ALL');
  } catch {
    session.spent = true;
  }
}

/** Cancels what a session runs once `stop` aborts; gives the connection up where the server does not answer that. */
function interruption(session: Session, stop: AbortSignal) {
  const { link } = session;
  let cancelling: Promise<boolean> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let giveUp: (error: UnreachableError) => void = () => undefined;
  const givenUp = new Promise<never>((_, reject) => (giveUp = reject));
  givenUp.catch(() => undefined);
  // After what the statement itself has to say about it.
  const ended = (): void => {
    setImmediate(() => {
      giveUp(new UnreachableError('lost', 'the connection ended', null));
    });
  };
  const leave = async (reached: Promise<boolean>): Promise<void> => {
    giveUp(new UnreachableError('timeout', 'no answer, and cancelling did not help', null));
    if (await reached) link.leave();
    else link.drop();
  };
  link.client.once('end', ended);
  stop.addEventListener('abort', () => {
    // A pooler may deliver a cancel request late, to whoever has the backend then: no further use.
    if (session.pooler) session.spent = true;
    const reached = session.cancel().then((outcome) => {
      // It may come late, and would hit the next statement.
      if (outcome === 'sent') session.spent = true;
      return outcome !== 'unreached';
    });
    cancelling = reached;
    timer = setTimeout(() => void leave(reached), cancelGraceMs);
  });
  return {
    givenUp,
    /** Resolves when a cancel request can no longer hit a later statement. */
    settled: async () => {
      await cancelling;
      clearTimeout(timer);
      link.client.off('end', ended);
    },
  };
}
