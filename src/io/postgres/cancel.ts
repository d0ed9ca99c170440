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
 * Asks the server, over a connection of its own, to cancel what a client runs. Resolves with true when the server has
 * taken the request (it closes the connection then), with false where it could not be reached; never rejects.
 */
export function cancel(
  client: pg.Client,
  settings: ServerSettings,
  tls: Tls,
  timeoutMs: number,
): Promise<boolean> {
  const { processID, secretKey } = client as unknown as Cancellable;
  if (processID === null || secretKey === null) return Promise.resolve(false);
  return new Promise((resolve) => {
    const connection = new pg.Connection({ ssl: tls.ssl }) as CancelConnection;
    let sent = false;
    const timer = setTimeout(() => connection.stream.destroy(), timeoutMs);
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
      resolve(sent);
    });
    const { host, port } = settings;
    if (host.startsWith('/')) connection.connect(`${host}/.s.PGSQL.${port}`);
    else connection.connect(port, host);
  });
}
