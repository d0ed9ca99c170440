import { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import pg from 'pg';
import { UnreachableError, messageOf } from '../../errors.ts';
import type { ServerSettings } from '../../schema/config.ts';
import type { Tls } from './tls.ts';
import { unreachable } from './unreachable.ts';

/** One connection to the server, from the first packet until its end was seen. */
export interface Link {
  readonly client: pg.Client;
  /** Settles when the server let us in, or did not: `UnreachableError`. */
  readonly connected: Promise<void>;
  /** Settles when the port answered; never rejects. From here on the server has a backend for us. */
  readonly reached: Promise<void>;
  /** Settles when the connection is seen to have ended; never rejects. */
  readonly ended: Promise<void>;
  readonly isEnded: () => boolean;
  /** Says goodbye, without waiting for the server to hear it: it still counts until it has ended. */
  readonly leave: () => void;
  /** Drops the connection at once, where the server cannot be there any more. */
  readonly drop: () => void;
}

export interface DialOptions {
  readonly settings: ServerSettings;
  readonly database: string;
  readonly tls: Tls;
  /** The start-up parameters beside user and database. */
  readonly parameters: Readonly<Record<string, string>>;
  /** The password; asked for only when the server wants one. */
  readonly password: () => Promise<string | undefined>;
}

/** Every value stays the server's text. */
export const textTypes = {
  getTypeParser: () => (value: unknown) => value,
} as unknown as pg.CustomTypesConfig;

/** pg with start-up parameters of our own: its own would also take some from the environment. */
class Client extends pg.Client {
  readonly #parameters: Readonly<Record<string, string>>;
  constructor(config: pg.ClientConfig, parameters: Readonly<Record<string, string>>) {
    super(config);
    this.#parameters = parameters;
  }
  getStartupConf(): Readonly<Record<string, string>> {
    return this.#parameters;
  }
}

/**
 * Dials the server. Every field is explicit, so that pg takes nothing from `PG*` variables.
 *
 * Reaching the port is bounded by `connect_timeout`; what comes after is not, because giving up would leave the backend
 * behind: that is for the caller to judge.
 */
export function dial({ settings, database, tls, parameters, password }: DialOptions): Link {
  const socket = new Socket();
  const asked = { inClear: null as string | null };
  const client = new Client(
    {
      host: settings.host,
      port: settings.port,
      user: settings.user,
      database,
      ssl: tls.ssl,
      sslnegotiation: 'postgres',
      application_name: 'unused',
      client_encoding: 'UTF8',
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      types: textTypes,
      stream: () => socket,
      password: async () => {
        if (asked.inClear !== null && !tls.verified)
          throw new UnreachableError('auth', asked.inClear, null);
        const given = await password();
        if (given === undefined) throw new UnreachableError('auth', noPassword(settings), null);
        return given;
      },
    },
    { user: settings.user, database, ...parameters },
  );
  const { connection } = client;
  // These run before pg's own listeners, which answer with the password.
  connection.on(
    'authenticationCleartextPassword',
    () => (asked.inClear = refusal(settings, 'clear text')),
  );
  connection.on('authenticationMD5Password', () => (asked.inClear = refusal(settings, 'md5')));
  // Without a listener an error of an idle connection would end the process.
  client.on('error', () => undefined);
  guardParser(connection);

  let hasEnded = false;
  const ended = new Promise<void>((resolve) => {
    socket.once('close', () => {
      hasEnded = true;
      resolve();
    });
  });
  const timeout = setTimeout(() => {
    socket.destroy(
      new UnreachableError(
        'timeout',
        `no answer from the port within ${settings.connect_timeout} s`,
        null,
      ),
    );
  }, settings.connect_timeout * 1000);
  const reached = new Promise<void>((resolve) => socket.once('connect', resolve));
  void Promise.race([reached, ended]).then(() => clearTimeout(timeout));
  let letIn = false;
  const connected = client.connect().then(
    () => {
      letIn = true;
    },
    (error: unknown) => {
      // A refused attempt is over for pg, but its socket may still be open.
      socket.destroy();
      throw unreachable(error);
    },
  );
  connected.catch(() => undefined);
  return {
    client,
    connected,
    reached,
    ended,
    isEnded: () => hasEnded,
    leave: () => {
      const stream = connection.stream as Socket | TLSSocket;
      // During authentication a goodbye would be a FATAL in the server's log; the end of the stream is none.
      if (letIn) connection.end();
      else stream.end();
      stream.resume();
      socket.unref();
    },
    drop: () => {
      connection.stream.destroy();
      socket.destroy();
    },
  };
}

const noPassword = ({ host, port, user }: ServerSettings): string =>
  `${host}:${port} asks for the password of ${user}, and none is configured`;

const refusal = ({ host, port, user }: ServerSettings, how: string): string =>
  `${host}:${port} asks for the password of ${user} in a form that it could keep (${how}); ` +
  'refused without verified TLS: use scram-sha-256, or sslmode = "verify-full"';

/** pg's parser throws on messages that it does not know, out of reach of every handler: end the connection instead. */
function guardParser(connection: pg.Connection): void {
  const open = connection as unknown as { attachListeners: (stream: Socket) => void };
  const attach = open.attachListeners.bind(connection);
  open.attachListeners = (stream) => {
    const before = new Set(stream.listeners('data'));
    attach(stream);
    for (const listener of stream.listeners('data')) {
      if (before.has(listener)) continue;
      const parse = listener as (data: Buffer) => void;
      stream.off('data', parse);
      stream.on('data', (data: Buffer) => {
        try {
          parse(data);
        } catch (error) {
          stream.destroy(
            new UnreachableError('other', `unreadable answer: ${messageOf(error)}`, null),
          );
        }
      });
    }
  };
}
