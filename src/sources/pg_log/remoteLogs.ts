import { map, toArray } from 'rxjs';
import type { RemoteLogFolder, Server } from '../../ports.ts';
import { logHelper } from '../../postgres/logs/logHelper.ts';

const timeoutMs = 10_000;

/** The log directory of a server, read over SQL; see `logHelper`. */
export function remoteLogs(server: Server): RemoteLogFolder {
  const folder: RemoteLogFolder = {
    list: () =>
      server.query({ name: 'pg_log/files', sql: logHelper.list, lane: 'slow', timeoutMs }).pipe(
        toArray(),
        map((chunks) =>
          chunks.flat().map(([name, size, modified]) => ({
            name: name ?? '',
            size: Number(size),
            modifiedMs: Number(modified),
          })),
        ),
      ),
    read: (name, offset, length) => {
      const values = [name, offset, length];
      return server
        .query({ name: 'pg_log/read', sql: logHelper.read, values, lane: 'slow', timeoutMs })
        .pipe(
          map(([row]) => (typeof row?.[0] === 'string' ? Buffer.from(row[0], 'base64') : null)),
        );
    },
  };
  return folder;
}
