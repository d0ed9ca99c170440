import { UnreachableError } from '../../errors.ts';
import type { ServerSettings } from '../../schema/config.ts';
import { type Cancelled, cancel } from './cancel.ts';
import { type Link, dial } from './dial.ts';
import {
  initialStatementTimeoutMs,
  pooledParameters,
  setUpStatement,
  startStatement,
  startupParameters,
} from './sessionSettings.ts';
import { type Tls, tls } from './tls.ts';
import { unreachable } from './unreachable.ts';

/** A connection that queries can use. */
export interface Session {
  readonly link: Link;
  readonly database: string;
  /** A pooler stands in the path: reads are transactions with settings of their own, nothing is set for the session. */
  readonly pooler: boolean;
  /** How long connecting took, in ms. */
  readonly connectMs: number;
  /** When it was opened, by `performance.now()`. */
  readonly openedAt: number;
  /** Which start of a server answers, as `serverStart` tells it; null where the role may not ask. Behind a pooler: the last. */
  start: string | null;
  /** What `statement_timeout` is set to now; only kept for direct sessions. */
  statementTimeoutMs: number;
  /** Whether no more statement may run on it. */
  spent: boolean;
  /** Cancels what it runs. */
  readonly cancel: () => Promise<Cancelled>;
}

export interface OpenOptions {
  readonly settings: ServerSettings;
  readonly database: string;
  /** Whether a pooler is already known to be in the path. */
  readonly pooler: boolean;
  readonly password: (settings: ServerSettings, database: string) => Promise<string | undefined>;
  /** Told of each connection before it is made. */
  readonly onDial: (link: Link) => void;
}

const cancelTimeoutMs = 2000;

/** Opens a session and gives it our settings. Rejects with `UnreachableError`. */
export async function openSession(options: OpenOptions): Promise<Session> {
  const { settings, database } = options;
  const encryption = await tls(settings);
  const startedAt = performance.now();
  let { pooler } = options;
  let link = await connect(options, encryption, pooler).catch((error: unknown) => {
    if (pooler || !(error instanceof UnreachableError) || error.sqlstate !== '08P01') throw error;
    return null;
  });
  if (!link) {
    // Start-up parameters refused: only a pooler does that.
    pooler = true;
    link = await connect(options, encryption, pooler);
  }
  const connectMs = performance.now() - startedAt;
  const { client } = link;
  let start: string | null = null;
  if (!pooler) ({ pooler, start } = await setUp(link));
  return {
    link,
    database,
    pooler,
    connectMs,
    openedAt: performance.now(),
    start,
    statementTimeoutMs: initialStatementTimeoutMs,
    spent: false,
    cancel: () => cancel(client, settings, encryption, cancelTimeoutMs),
  };
}

async function connect(options: OpenOptions, encryption: Tls, pooled: boolean): Promise<Link> {
  const { settings, database } = options;
  const link = dial({
    settings,
    database,
    tls: encryption,
    parameters: pooled ? pooledParameters : startupParameters,
    password: () => options.password(settings, database),
  });
  options.onDial(link);
  await link.connected;
  return link;
}

/** Sets what newer versions have; tells whether a pooler answered, and which start of the server. */
async function setUp(link: Link): Promise<Pick<Session, 'pooler' | 'start'>> {
  const { client } = link;
  const pid = (client as unknown as { processID: number }).processID;
  const ask = (text: string) => client.query<string[]>({ text, rowMode: 'array' });
  try {
    const { rows } = await ask(setUpStatement(pid, {})).catch((error: unknown) => {
      if (link.isEnded()) throw error;
      return ask(setUpStatement(pid, { checkConnection: true }));
    });
    const [answered, , mayAsk] = rows[0] ?? [];
    const pooler = answered !== String(pid);
    if (pooler || mayAsk !== 't') return { pooler, start: null };
    const { rows: told } = await ask(startStatement);
    return { pooler, start: told[0]?.[0] ?? null };
  } catch (error) {
    link.leave();
    throw unreachable(error);
  }
}
