import { lastValueFrom } from 'rxjs';
import type { RemoteLogFile, RemoteLogFolder } from '../../ports/logs.ts';
import { byAge, type LogFile, type LogFolder } from './logFolder.ts';
import { namesWithTold } from './namesWithTold.ts';

/** How long to wait between two pieces of a file, in ms: at most 2.5 MiB a second are asked of a server. */
const restMs = 100;
/** As much is asked for at once. */
const readBytes = 65_536;

/** A directory of another host. There, a file is known by its name and by what it holds. */
export function remoteFolder(remote: RemoteLogFolder): LogFolder {
  const all = (): Promise<readonly RemoteLogFile[]> =>
    lastValueFrom(remote.list(), { defaultValue: [] });
  const look = async (name: string): Promise<LogFile | undefined> => {
    const found = (await all()).find((file) => file.name === name);
    return found && logFile(found);
  };
  const named = namesWithTold();
  return {
    restMs,
    // One query tells it all.
    changed: () => Promise.resolve(true),
    list: async (fits) => {
      const files = await all();
      const fitting = named(files.find(({ current }) => current)?.name, fits);
      return files
        .filter(({ name }) => fitting(name))
        .map(logFile)
        .sort(byAge);
    },
    open: async ({ name }) => {
      const file = await look(name);
      if (!file) return undefined;
      let last = file;
      return {
        file,
        readv: async (buffers, position) => {
          const wanted = buffers.reduce((sum, buffer) => sum + buffer.length, 0);
          const length = Math.min(wanted, readBytes);
          const bytes = await lastValueFrom(remote.read(name, position, length), {
            defaultValue: null,
          });
          let bytesRead = 0;
          for (const buffer of buffers) {
            const part = bytes?.subarray(bytesRead, bytesRead + buffer.length);
            if (!part) break;
            buffer.set(part);
            bytesRead += part.length;
          }
          return { bytesRead };
        },
        // Of a file that is gone nothing more will come: it is as it was.
        look: async () => (last = (await look(name)) ?? last),
        close: () => Promise.resolve(),
      };
    },
  };
}

const logFile = ({ name, size, modifiedMs, current }: RemoteLogFile): LogFile => ({
  ...(current && { current }),
  name,
  identity: `sql-${name}`,
  size,
  modifiedMs,
  bornMs: 0,
});
