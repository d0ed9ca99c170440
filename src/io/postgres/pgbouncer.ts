import { Observable } from 'rxjs';
import { UnavailableError, UnreachableError } from '../../errors.ts';
import type { ConsoleTable } from '../../ports/server.ts';
import type { ServerSettings } from '../../schema/config.ts';
import { dial } from './dial.ts';
import { pooledParameters } from './sessionSettings.ts';
import { tls } from './tls.ts';
import { failed } from './unreachable.ts';

/** The console's database. */
const database = 'pgbouncer';
/** For the connection and all its commands together, in ms. */
const deadlineMs = 5_000;

type Password = (settings: ServerSettings, database: string) => Promise<string | undefined>;

/**
 * Asks the console of the PgBouncer of a server for tables, one after the other, over a connection of its own that ends
 * with it; the console speaks the simple protocol only. Emits once.
 */
export function askPgbouncer(
  settings: ServerSettings,
  password: Password,
  shows: readonly string[],
): Observable<ReadonlyMap<string, ConsoleTable>> {
  return new Observable((subscriber) => {
    const { pgbouncer_host: host = settings.host, pgbouncer_port: port } = settings;
    if (port === undefined) {
      subscriber.error(new UnavailableError('no pgbouncer_port is set'));
      return undefined;
    }
    const stop = new AbortController();
    const timer = setTimeout(() => {
      stop.abort(
        new UnreachableError('timeout', `no answer from PgBouncer at ${host}:${port}`, null),
      );
    }, deadlineMs);
    const ask = async (): Promise<ReadonlyMap<string, ConsoleTable>> => {
      const target = { ...settings, host, port };
      const link = dial({
        ...{ settings: target, database, tls: await tls(target), parameters: pooledParameters },
        password: () => password(target, database),
      });
      const drop = (): void => link.drop();
      stop.signal.addEventListener('abort', drop, { once: true });
      try {
        await link.connected;
        const tables = new Map<string, ConsoleTable>();
        for (const show of shows) {
          stop.signal.throwIfAborted();
          const { fields, rows } = await link.client.query<(string | null)[]>({
            ...{ text: `SHOW ${show}`, rowMode: 'array' as const },
          });
          tables.set(show, { columns: fields.map(({ name }) => name), rows });
        }
        return tables;
      } finally {
        stop.signal.removeEventListener('abort', drop);
        link.leave();
      }
    };
    ask()
      .finally(() => clearTimeout(timer))
      .then(
        (tables) => {
          subscriber.next(tables);
          subscriber.complete();
        },
        (error: unknown) => {
          const { reason } = stop.signal as { reason: unknown };
          subscriber.error(
            reason instanceof UnreachableError ? reason : failed(error, 'pgbouncer/show'),
          );
        },
      );
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  });
}
