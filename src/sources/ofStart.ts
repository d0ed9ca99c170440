import type { Query, Server } from '../ports/server.ts';
import type { MonitoredServer } from './source.ts';

/** The server for queries that are written for one start of it: none is sent to another, see `Query.start`. */
export function ofStart(server: MonitoredServer, start: string): MonitoredServer {
  function query(read: Query): ReturnType<Server['query']> {
    return server.query({ ...read, start });
  }
  const same: MonitoredServer = { ...server, query };
  return same;
}
