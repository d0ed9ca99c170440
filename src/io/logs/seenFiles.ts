import type { LogAnchor, LogFileRead } from '../../ports/logs.ts';
import { bytesBefore, headPrint, holds, identityIn, printIn, printOf } from './fingerprint.ts';
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
  /** What a mark tells of files that were read before. */
  readonly recall: (files: readonly LogFileRead[]) => void;
  /** What a mark is to tell: of the files that were written last, at most 40. The same list as long as nothing changes. */
  readonly told: () => readonly LogFileRead[];
}

/** Enough for a file for each day of a month; each is some 100 bytes of every mark. */
const mostTold = 40;

/** Remembers how far files were read; a file that was written anew since then is another. */
export function seenFiles(): SeenFiles {
  const files = new Map<string, SeenFile>();
  let told: readonly LogFileRead[] | undefined;
  const put = (identity: string, seen: SeenFile): void => {
    files.set(identity, seen);
    told = undefined;
  };
  return {
    get: (identity) => files.get(identity),
    put,
    skip: async (log) => {
      const { identity, size, modifiedMs } = log.file;
      const anchor = { offset: size, print: printOf(await bytesBefore(log, size)) };
      const fileId = `${identity}-${await headPrint(log)}`;
      put(identity, { fileId, read: size, modifiedMs, anchor });
    },
    keep: (present) => {
      const identities = new Set(present.map(({ identity }) => identity));
      for (const identity of files.keys()) {
        if (!identities.has(identity) && files.delete(identity)) told = undefined;
      }
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
    recall: (known) => {
      for (const { fileId, read, print, modifiedMs } of known) {
        put(identityIn(fileId), { fileId, read, modifiedMs, anchor: { offset: read, print } });
      }
    },
    told: () => (told ??= newestRead([...files.values()])),
  };
}

function newestRead(files: readonly SeenFile[]): readonly LogFileRead[] {
  return files
    .flatMap(({ fileId, read, modifiedMs, anchor }) =>
      // What has no whole line yet cannot be told from others.
      anchor?.offset === read && printIn(fileId) !== ''
        ? [{ fileId, read, print: anchor.print, modifiedMs }]
        : [],
    )
    .sort((a, b) => b.modifiedMs - a.modifiedMs)
    .slice(0, mostTold);
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
