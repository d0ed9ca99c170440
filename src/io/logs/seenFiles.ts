import type { LogAnchor } from '../../ports.ts';
import { bytesBefore, headPrint, holds, printIn, printOf } from './fingerprint.ts';
import type { LogFile, OpenLog } from './logFolder.ts';

/** How far a file was read. */
export interface SeenFile {
  readonly fileId: string;
  /** All before it was read. */
  readonly read: number;
  /** As it was last seen. */
  readonly modifiedMs: number;
  /** At or before `read`; null where nothing is known of what stood there. */
  readonly anchor: LogAnchor | null;
}

/** How far the files of a directory were read, by their identities. */
export interface SeenFiles {
  readonly get: (identity: string) => SeenFile | undefined;
  readonly put: (identity: string, seen: SeenFile) => void;
  /** Takes what stands in a file now as read. */
  readonly skip: (log: OpenLog) => Promise<void>;
  /** Forgets the files that are no more. */
  readonly keep: (files: readonly LogFile[]) => void;
  /** Where reading begins: where it ended, in a copy or under another name too; 0 in what was not read yet. */
  readonly resume: (log: OpenLog) => Promise<number>;
}

/** Remembers how far files were read; a file that was written anew since then is another. */
export function seenFiles(): SeenFiles {
  const files = new Map<string, SeenFile>();
  return {
    get: (identity) => files.get(identity),
    put: (identity, seen) => files.set(identity, seen),
    skip: async (log) => {
      const { identity, size, modifiedMs } = log.file;
      const anchor = { offset: size, print: printOf(await bytesBefore(log, size)) };
      const fileId = `${identity}-${await headPrint(log)}`;
      files.set(identity, { fileId, read: size, modifiedMs, anchor });
    },
    keep: (present) => {
      const identities = new Set(present.map(({ identity }) => identity));
      for (const identity of files.keys()) if (!identities.has(identity)) files.delete(identity);
    },
    resume: async (log) => {
      const head = await headPrint(log);
      const own = files.get(log.file.identity);
      if (own && (await isThat(log, head, own))) return own.read;
      for (const seen of files.values()) {
        if (seen !== own && (await isThat(log, head, seen))) return seen.read;
      }
      return 0;
    },
  };
}

/** Whether a file holds what was read, and maybe more. */
export async function isThat(
  log: OpenLog,
  head: string,
  { fileId, read, anchor }: Pick<SeenFile, 'fileId' | 'read' | 'anchor'>,
): Promise<boolean> {
  if (head === '' || printIn(fileId) !== head || log.file.size < read) return false;
  return anchor === null || holds(log, anchor);
}
