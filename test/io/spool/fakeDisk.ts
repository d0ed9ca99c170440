import { dirname } from 'node:path';
import type { Files } from '../../../src/io/spool/files.ts';

interface Inode {
  data: Buffer;
  /** What is on the platter. */
  synced: Buffer;
  /** A sync failed: later ones lie. */
  broken: boolean;
}

type Change =
  | { readonly is: 'link'; readonly path: string; readonly inode: Inode }
  | { readonly is: 'unlink'; readonly path: string }
  | { readonly is: 'rename'; readonly from: string; readonly to: string };

export type Operation = keyof Files | 'write' | 'sync' | 'close';

/** What an operation meets. `crash`: the process ends before it or, with `done`, just after it. */
export type Meets = NodeJS.ErrnoException | { readonly crash: true; readonly done: boolean } | null;

export const diskError = (code: string): NodeJS.ErrnoException =>
  Object.assign(new Error(`${code}: as the test says`), { code });

/**
 * A disk in memory that can fail at any operation, fill up, and lose its power: then what was not synced is gone or
 * garbage, and of the names that were changed since the folder's last sync only the first few are there.
 */
export class FakeDisk {
  readonly folders = new Set<string>();
  #live = new Map<string, Inode>();
  #durable = new Map<string, Inode>();
  #journal: Change[] = [];
  #generation = 0;
  capacity = Infinity;
  /** Asked before each operation. */
  meets: (operation: Operation, path: string) => Meets = () => null;
  onCrash: () => void = () => undefined;
  operations = 0;

  /** For one process: after a crash its operations never end. */
  mount(): Files {
    const generation = this.#generation;
    const on = async <T>(operation: Operation, path: string, work: () => T): Promise<T> => {
      await Promise.resolve();
      if (generation !== this.#generation) return new Promise<never>(() => undefined);
      this.operations++;
      const meets = this.meets(operation, path);
      if (meets && 'crash' in meets) {
        if (meets.done) work();
        this.#generation++;
        this.onCrash();
        return new Promise<never>(() => undefined);
      }
      if (meets) throw meets;
      return work();
    };
    return {
      makeFolder: (path) => on('makeFolder', path, () => void this.folders.add(path)),
      list: (folder) => on('list', folder, () => this.names(folder)),
      create: async (path) => {
        const inode: Inode = { data: Buffer.alloc(0), synced: Buffer.alloc(0), broken: false };
        await on('create', path, () => {
          if (this.#live.has(path)) throw diskError('EEXIST');
          if (this.used() + 1 > this.capacity) throw diskError('ENOSPC');
          this.#change({ is: 'link', path, inode });
        });
        return {
          write: (parts) =>
            on('write', path, () => {
              for (const part of parts) {
                const left = this.capacity - this.used();
                inode.data = Buffer.concat([inode.data, part.subarray(0, Math.max(0, left))]);
                if (part.length > left) throw diskError('ENOSPC');
              }
            }),
          sync: async () => {
            try {
              await on('sync', path, () => {
                if (!inode.broken) inode.synced = Buffer.from(inode.data);
              });
            } catch (error) {
              inode.broken = true;
              throw error;
            }
          },
          close: () => on('close', path, () => undefined),
        };
      },
      rename: (from, to) =>
        on('rename', from, () => {
          if (!this.#live.has(from)) throw diskError('ENOENT');
          this.#change({ is: 'rename', from, to });
        }),
      remove: (path) =>
        on('remove', path, () => {
          if (this.#live.has(path)) this.#change({ is: 'unlink', path });
        }),
      syncFolder: (folder) =>
        on('syncFolder', folder, () => {
          for (const change of this.#journal) apply(this.#durable, change);
          this.#journal = [];
        }),
      readHead: (path, length) =>
        on('readHead', path, () => {
          const { data } = this.#inode(path);
          return { bytes: Uint8Array.from(data.subarray(0, length)), size: data.length };
        }),
      read: (path) => on('read', path, () => Uint8Array.from(this.#inode(path).data)),
      space: (folder) =>
        on('space', folder, () => ({
          free: this.capacity === Infinity ? 2 ** 50 : this.capacity - this.used(),
          total: this.capacity === Infinity ? 2 ** 50 : this.capacity,
        })),
    };
  }

  /** The process ends now. */
  kill(): void {
    this.#generation++;
  }

  /** The power fails now. `keep` in [0, 1): how much of what was not synced is there all the same. */
  losePower(keep: number): void {
    this.#generation++;
    const kept = Math.floor(keep * (this.#journal.length + 1));
    for (const change of this.#journal.slice(0, kept)) apply(this.#durable, change);
    this.#journal = [];
    for (const inode of this.#durable.values()) {
      if (inode.data.equals(inode.synced)) continue;
      const length = Math.floor(keep * inode.data.length);
      inode.data = Buffer.concat([
        inode.data.subarray(0, length),
        Buffer.alloc(inode.data.length - length),
      ]);
      inode.synced = Buffer.from(inode.data);
    }
    this.#live = new Map(this.#durable);
  }

  names(folder: string): string[] {
    return [...this.#live.keys()]
      .filter((path) => dirname(path) === folder)
      .map((path) => path.slice(folder.length + 1));
  }

  paths(): string[] {
    return [...this.#live.keys()];
  }

  /** What is there after a loss of power whatever it takes. */
  durablePaths(): string[] {
    return [...this.#durable.keys()];
  }

  bytes(path: string): Buffer {
    return this.#inode(path).data;
  }

  durableBytes(path: string): Buffer {
    return this.#durable.get(path)?.synced ?? Buffer.alloc(0);
  }

  /** Damages a file on the platter. */
  corrupt(path: string, change: (data: Buffer) => Buffer): void {
    const inode = this.#inode(path);
    inode.data = change(Buffer.from(inode.data));
    inode.synced = Buffer.from(inode.data);
  }

  used(): number {
    return [...this.#live.values()].reduce((sum, { data }) => sum + data.length + 1, 0);
  }

  #inode(path: string): Inode {
    const inode = this.#live.get(path);
    if (!inode) throw diskError('ENOENT');
    return inode;
  }

  #change(change: Change): void {
    apply(this.#live, change);
    this.#journal.push(change);
  }
}

function apply(names: Map<string, Inode>, change: Change): void {
  if (change.is === 'link') names.set(change.path, change.inode);
  else if (change.is === 'unlink') names.delete(change.path);
  else {
    const inode = names.get(change.from);
    if (!inode) return;
    names.delete(change.from);
    names.set(change.to, inode);
  }
}
