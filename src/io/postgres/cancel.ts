import pg from 'pg';
import type { ServerSettings } from '../../schema/config.ts';
import type { Tls } from './tls.ts';

/** The client whose statement is to be cancelled: pg keeps what the server's cancel request needs. */
interface Cancellable {
  readonly processID: number | null;
  readonly secretKey: number | null;
}
interface CancelConnection extends pg.Connection {
  connect(port: number | string, host?: string): void;
  requestSsl(): void;
  cancel(processId: number, secretKey: number): void;
}

/**
 * What became of a cancel request: the server has taken it (it closes the connection then), it was sent and may be taken
 * at any time from now on, or the server could not be reached.
 */
export type Cancelled = 'taken' | 'sent' | 'unreached';

/** Asks the server, over a connection of its own, to cancel what a client runs. Never rejects. */
export function cancel(
  client: pg.Client,
  settings: ServerSettings,
  tls: Tls,
  timeoutMs: number,
): Promise<Cancelled> {
  const { processID, secretKey } = client as unknown as Cancellable;
  if (processID === null || secretKey === null) return Promise.resolve('unreached');
  return new Promise((resolve) => {
    const connection = new pg.Connection({ ssl: tls.ssl }) as CancelConnection;
    let sent = false;
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      connection.stream.destroy();
    }, timeoutMs);
    const send = (): void => {
      sent = true;
      connection.cancel(processID, secretKey);
    };
    connection.on('connect', () => {
      if (tls.ssl === false) send();
      else connection.requestSsl();
    });
    connection.on('sslconnect', send);
    connection.on('error', () => connection.stream.destroy());
    connection.on('end', () => {
      clearTimeout(timer);
      resolve(sent ? (isLate ? 'sent' : 'taken') : 'unreached');
    });
    const { host, port } = settings;
    if (host.startsWith('/')) connection.connect(`${host}/.s.PGSQL.${port}`);
    else connection.connect(port, host);
  });
}
