import { map, toArray } from 'rxjs';
import type { RemoteLogFolder } from '../../ports/logs.ts';
import type { Server } from '../../ports/server.ts';
import { logHelper } from '../../postgres/logs/logHelper.ts';
import type { LogFormat } from './logFormat.ts';

const timeoutMs = 10_000;

/**
 * The log directory of a server, read over SQL; see `logHelper`.
 *
 * @param current - The form whose file the server is asked for that it writes now; undefined where the role may not.
 */
export function remoteLogs(server: Server, current?: LogFormat): RemoteLogFolder {
  const query = current
    ? { sql: logHelper.listCurrent, values: [current] }
    : { sql: logHelper.list };
  const folder: RemoteLogFolder = {
    list: () =>
      server.query({ name: 'pg_log/files', ...query, lane: 'slow', timeoutMs }).pipe(
        toArray(),
        map((chunks) =>
          chunks.flat().map(([name, size, modified, written]) => ({
            name: name ?? '',
            size: Number(size),
            modifiedMs: Number(modified),
            current: written === 't',
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
