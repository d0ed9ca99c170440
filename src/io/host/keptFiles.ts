import { closeSync, openSync, readSync } from 'node:fs';

/** Files of /proc and /sys that stay open between two readings. */
export interface KeptFiles {
  /** The whole text; undefined where the file does not exist or cannot be read. */
  readonly read: (path: string) => string | undefined;
  readonly close: () => void;
}

/** The kernel hands out some files in pieces of a page, however large the buffer is. */
const START_BYTES = 65_536;

/** Bounds what a single file may cost. */
const MAX_BYTES = 8_388_608;

/**
 * Reads small kernel files synchronously on descriptors that stay open: that takes a tenth of the time of opening them
 * anew, and such files never wait for a device. A descriptor that fails (the device is gone, the group was removed) is
 * closed and opened once more.
 */
export function keptFiles(): KeptFiles {
  const open = new Map<string, number>();
  let buffer = Buffer.allocUnsafe(START_BYTES);

  const slurp = (fd: number): string => {
    let end = 0;
    for (;;) {
      if (end === buffer.length) {
        if (end >= MAX_BYTES) throw new RangeError('the file is too large');
        buffer = Buffer.concat([buffer, Buffer.allocUnsafe(buffer.length)]);
      }
      const bytes = readSync(fd, buffer, end, buffer.length - end, end);
      if (bytes === 0) return buffer.toString('utf8', 0, end);
      end += bytes;
    }
  };
  const drop = (path: string, fd: number): void => {
    open.delete(path);
    closeSync(fd);
  };

  return {
    read: (path) => {
      for (let fd = open.get(path); ; fd = undefined) {
        const isFresh = fd === undefined;
        try {
          if (fd === undefined) {
            fd = openSync(path, 'r');
            open.set(path, fd);
          }
          return slurp(fd);
        } catch {
          if (fd !== undefined) drop(path, fd);
          if (isFresh) return undefined;
        }
      }
    },
    close: () => {
      for (const [path, fd] of [...open]) drop(path, fd);
    },
  };
}
