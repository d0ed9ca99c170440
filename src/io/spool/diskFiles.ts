import { mkdir, open, readFile, readdir, rename, statfs, unlink } from 'node:fs/promises';
import type { Files } from './files.ts';

/** The real file system. Private: folders 0700, files 0600. */
export const diskFiles: Files = {
  makeFolder: async (path) => {
    await mkdir(path, { recursive: true, mode: 0o700 });
  },
  list: (folder) => readdir(folder),
  create: async (path) => {
    const file = await open(path, 'wx', 0o600);
    return {
      write: async (parts) => {
        const whole = parts.reduce((sum, { length }) => sum + length, 0);
        const { bytesWritten } = await file.writev(parts);
        // A disk that fills up takes a part without a word: the rest meets the error.
        if (bytesWritten < whole) await file.writeFile(Buffer.concat(parts).subarray(bytesWritten));
      },
      sync: () => file.sync(),
      close: () => file.close(),
    };
  },
  rename: (from, to) => rename(from, to),
  remove: (path) =>
    // `rm` would look at the file first.
    unlink(path).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }),
  syncFolder: async (folder) => {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      // Nothing was written through it: that it closes, and how, need not be waited for.
      void handle.close().catch(() => undefined);
    }
  },
  readHead: async (path, length) => {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      const buffer = Buffer.alloc(Math.min(length, size));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
      return { bytes: buffer.subarray(0, bytesRead), size };
    } finally {
      await file.close();
    }
  },
  read: (path) => readFile(path),
  space: async (folder) => {
    const { bavail, blocks, bsize } = await statfs(folder);
    return { free: bavail * bsize, total: blocks * bsize };
  },
};
