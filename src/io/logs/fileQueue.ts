import type { LogAnchor, LogGap, LogMark, LogPlace } from '../../ports.ts';
import { fittingNames } from './fittingNames.ts';
import { bytesBefore, headPrint, identityIn, printIn } from './fingerprint.ts';
import { byAge, type LogFile, type LogFolder, type OpenLog } from './logFolder.ts';
import { type SeenFile, isThat, seenFiles } from './seenFiles.ts';

/** A file whose turn has come. */
export interface Turn {
  readonly log: OpenLog;
  /** Where reading begins. */
  readonly offset: number;
  /** Set where the file is a copy of another, whose lines they are. */
  readonly fileId?: string;
}

/** The log files of a directory, in the order in which they are read. */
export interface FileQueue {
  /** The file with which the following begins; undefined where there is none yet. */
  readonly first: (mark: LogMark | undefined) => Promise<Turn | undefined>;
  /** The oldest of the files that were written later than this one and have something unread. */
  readonly next: (current: OpenLog, seen: SeenFile) => Promise<Turn | undefined>;
  /** Notes how far a file was read. */
  readonly left: (file: LogFile, seen: Omit<SeenFile, 'modifiedMs'>) => void;
  /** What was found to be lost since the last call. */
  readonly gaps: () => readonly LogGap[];
  /** A file that holds what that one held: a copy that was made before it was emptied. */
  readonly copy: (fileId: string, anchor: LogAnchor) => Promise<OpenLog | undefined>;
}

/** What older files hold is not looked at when the following begins: nobody will write them again but anew. */
const mostSeen = 500;

/** Puts the files of a directory into the order in which the server wrote them, each part of each file once. */
export function fileQueue(folder: LogFolder, place: LogPlace): FileQueue {
  const fits = fittingNames(place);
  const seen = seenFiles();
  /** What was seen unread, by the files' identities. */
  let waiting = new Map<string, { readonly file: string; readonly bytes: number }>();
  const lost: LogGap[] = [];

  /** Notes what was waiting and is gone. */
  const miss = (files: readonly LogFile[]): void => {
    const present = new Set(files.map(({ identity }) => identity));
    for (const [identity, { file, bytes }] of waiting) {
      if (!present.has(identity)) lost.push({ file, reason: 'removed', bytes });
    }
  };
  const wait = (files: readonly LogFile[]): void => {
    const unread = files.map((file) => ({
      ...{ identity: file.identity, file: file.name },
      bytes: file.size - (seen.get(file.identity)?.read ?? 0),
    }));
    waiting = new Map(unread.filter(({ bytes }) => bytes > 0).map((file) => [file.identity, file]));
  };
  const skipAll = async (files: readonly LogFile[]): Promise<void> => {
    for (const file of files.slice(-mostSeen)) {
      const log = await folder.open(file).catch(() => undefined);
      if (!log) continue;
      await seen.skip(log).finally(() => log.close());
    }
  };
  /** A file that passes a test, open. */
  const find = async (
    files: readonly LogFile[],
    test: (log: OpenLog) => Promise<boolean>,
  ): Promise<OpenLog | undefined> => {
    for (const file of files) {
      const log = await folder.open(file).catch(() => undefined);
      if (log && (await test(log))) return log;
      await log?.close();
    }
    return undefined;
  };
  const first = async (mark: LogMark | undefined): Promise<Turn | undefined> => {
    const files = await folder.list(fits);
    if (mark) return resumed(files, mark);
    const { startAt } = place;
    const later = typeof startAt === 'number' ? startAt : Infinity;
    const unread = files.filter(({ modifiedMs }) => modifiedMs > later);
    const file = unread[0] ?? files.at(-1);
    await skipAll(files.filter((each) => each !== file && !unread.includes(each)));
    const log = file && (await folder.open(file));
    if (!log) return undefined;
    return { log, offset: unread[0] || startAt === 'beginning' ? 0 : log.file.size };
  };
  const resumed = async (files: readonly LogFile[], mark: LogMark): Promise<Turn | undefined> => {
    const { fileId, offset, anchor = null } = mark;
    lost.splice(0); // it may be asked again as long as there is no file
    const identity = identityIn(fileId);
    const isMarked = async (log: OpenLog): Promise<boolean> =>
      // An identity without a fingerprint was taken before the first whole line: only its beginning is meant.
      log.file.identity === identity && printIn(fileId) === ''
        ? offset === 0
        : isThat(log, await headPrint(log), { fileId, read: offset, anchor });
    // The server's rotation never renames, others' may: the marked file is looked for under all names.
    const all = await folder.list(() => true).catch(() => files);
    const same = all.filter((file) => file.identity === identity);
    const marked =
      (await find(same, isMarked)) ??
      (printIn(fileId) === '' ? undefined : await find(all, isMarked));
    const after = marked?.file ?? { modifiedMs: mark.modifiedMs, bornMs: Infinity, name: '' };
    const unread = files.filter(
      (file) => file.identity !== marked?.file.identity && byAge(file, after as LogFile) > 0,
    );
    await skipAll(files.filter((each) => !unread.includes(each)));
    wait(unread);
    const isCopy = marked !== undefined && marked.file.identity !== identity;
    if (!marked || (isCopy && same.length > 0)) {
      const reason = same.length > 0 ? 'truncated' : 'removed';
      lost.push({ file: mark.file ?? '', reason, bytes: isCopy ? 0 : null });
    }
    if (marked) return { log: marked, offset, ...(isCopy && { fileId }) };
    const file = unread[0] ?? files.at(-1);
    const log = file && (await folder.open(file));
    return log && { log, offset: unread[0] ? 0 : log.file.size };
  };
  const next = async (current: OpenLog, state: SeenFile): Promise<Turn | undefined> => {
    const files = await folder.list(fits);
    miss(files);
    seen.keep(files);
    const others = files.filter(({ identity }) => identity !== current.file.identity);
    const later = others.filter((file) => {
      const known = seen.get(file.identity);
      if (known) return file.size !== known.read || file.modifiedMs !== known.modifiedMs;
      return byAge(file, current.file) > 0;
    });
    for (const [index, file] of later.entries()) {
      const log = await folder.open(file);
      if (!log) continue;
      const offset = (await copyEnd(log, current, state)) ?? (await seen.resume(log));
      if (offset < log.file.size || (offset === 0 && log.file.size === 0)) {
        wait(later.slice(index + 1));
        return { log, offset };
      }
      await seen.skip(log);
      await log.close();
    }
    waiting.clear();
    return undefined;
  };
  return {
    first,
    next,
    left: (file, state) => {
      seen.put(file.identity, { ...state, modifiedMs: file.modifiedMs });
    },
    gaps: () => lost.splice(0),
    copy: async (fileId, anchor) =>
      find(
        (await folder.list(() => true)).filter(({ identity }) => identity !== identityIn(fileId)),
        async (log) => isThat(log, await headPrint(log), { fileId, read: anchor.offset, anchor }),
      ),
  };
}

/** How much of a file is read already because it is a copy of the one that is read; undefined where it is none. */
async function copyEnd(
  log: OpenLog,
  current: OpenLog,
  { fileId, read, anchor }: SeenFile,
): Promise<number | undefined> {
  const head = await headPrint(log);
  if (head === '' || head !== printIn(fileId)) return undefined;
  if (log.file.size >= read) {
    return (await isThat(log, head, { fileId, read, anchor })) ? read : undefined;
  }
  const { size } = log.file;
  const [one, other] = [await bytesBefore(log, size), await bytesBefore(current, size)];
  return one.equals(other) ? size : undefined;
}
