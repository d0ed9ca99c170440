import { UnreachableError } from '../../errors.ts';
import type { ServerSettings } from '../../schema/config.ts';
import { cancel } from './cancel.ts';
import { type Link, dial } from './dial.ts';
import {
  initialStatementTimeoutMs,
  pooledParameters,
  setUpStatement,
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
  /** What `statement_timeout` is set to now; only kept for direct sessions. */
  statementTimeoutMs: number;
  /** Whether no more statement may run on it. */
  spent: boolean;
  /** Cancels what it runs; false where the server could not be reached. */
  readonly cancel: () => Promise<boolean>;
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

const cancelTimeoutMs = 1000;

/** Opens a session and gives it our settings. Rejects with `UnreachableError`. */
export async function openSession(options: OpenOptions): Promise<Session> {
  const { settings, database } = options;
  const encryption = await tls(settings);
  const start = performance.now();
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
  const connectMs = performance.now() - start;
  const { client } = link;
  if (!pooler) pooler = await setUp(link);
  return {
    link,
    database,
    pooler,
    connectMs,
    openedAt: performance.now(),
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

/** Sets what newer versions have; emits whether a pooler answered. */
async function setUp(link: Link): Promise<boolean> {
  const { client } = link;
  const pid = (client as unknown as { processID: number }).processID;
  const ask = (checkConnection: boolean) =>
    client.query<string[]>({ text: setUpStatement(pid, checkConnection), rowMode: 'array' });
  try {
    const { rows } = await ask(true).catch((error: unknown) => {
      if (link.isEnded()) throw error;
      return ask(false);
    });
    return rows[0]?.[0] !== String(pid);
  } catch (error) {
    link.leave();
    throw unreachable(error);
  }
}
