import { type Observable, map, switchMap, take, tap } from 'rxjs';
import type { Ports } from '../ports.ts';
import type { Query, Row, Server } from '../ports/server.ts';
import type { ServerSettings } from '../schema/config.ts';
import { maskCell } from '../postgres/maskCell.ts';
import type { Recorder } from './recorder.ts';

/** The stream of a query: `postgres/<server>/<query>`, in one of several databases `…@<database>`. */
export const queryStream = (server: string, { name, database }: Query): string =>
  `postgres/${server}/${name}${database === undefined ? '' : `@${database}`}`;

/** The stream of what is known of a server's connection. */
export const connectionStream = (server: string): string => `postgres/${server}/connection`;

/**
 * Reads of the log's files over SQL: bytes in which nothing could be masked. What comes of them is recorded as the log's
 * chunks, masked, and a replay reads those.
 */
const unrecorded: ReadonlySet<string> = new Set(['pg_log/files', 'pg_log/read']);

/** Records each read, all its rows in one record, and the state of the connection where it changed. */
export function recordedPostgres(port: Ports['postgres'], recorder: Recorder): Ports['postgres'] {
  function open(settings$: Observable<ServerSettings>): Observable<Server> {
    return settings$.pipe(
      take(1),
      switchMap(({ name }) =>
        port(settings$).pipe(map((server) => recordedServer(name, server, recorder))),
      ),
    );
  }
  return open;
}

function recordedServer(name: string, server: Server, { call, put }: Recorder): Server {
  let said = '';
  const tell = (): void => {
    const { connectMs, pooler, local } = server.connection();
    const state = { connectMs, pooler, local };
    const text = JSON.stringify(state);
    if (text === said) return;
    said = text;
    put(connectionStream(name), state, 'state');
  };
  const recorded: Server = {
    query: (query) => {
      const read$ = server.query(query).pipe(tap({ next: tell, error: tell }));
      return unrecorded.has(query.name)
        ? read$
        : call(queryStream(name, query), read$, masked, { inChunks: true });
    },
    connection: () => server.connection(),
    // Not recorded: a replay has none.
    ...(server.pgbouncer && { pgbouncer: server.pgbouncer }),
  };
  return recorded;
}

const masked = (chunks: readonly (readonly Row[])[]): (string | null)[][] =>
  chunks.flat().map((row) => row.map((cell) => maskCell(cell)));
