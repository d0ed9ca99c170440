import { execFile } from 'node:child_process';
import { mkdtemp, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A small file system of its own. */
export interface Tmpfs {
  /** Where it is mounted. */
  readonly path: string;
  /** Mounts it anew, read-only or not; what is open stays open. */
  readonly readOnly: (is: boolean) => Promise<void>;
  readonly unmount: () => Promise<void>;
}

/** Mounts a tmpfs of so many bytes, readable by its owner alone; rejects where this user may not mount. */
export async function mountTmpfs(bytes: number): Promise<Tmpfs> {
  const path = await mkdtemp(join(tmpdir(), 'pganalytics-tmpfs-'));
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${bytes},mode=0700`, 'tmpfs', path]);
  } catch (error) {
    await rmdir(path);
    throw error;
  }
  return {
    path,
    readOnly: async (is) => {
      await run('mount', ['-o', `remount,${is ? 'ro' : 'rw'}`, path]);
    },
    unmount: async () => {
      await run('umount', ['-l', path]);
      await rm(path, { recursive: true });
    },
  };
}

/** Whether this user may mount. */
export async function mayMount(): Promise<boolean> {
  const mounted = await mountTmpfs(65_536).catch(() => null);
  await mounted?.unmount();
  return mounted !== null;
}
