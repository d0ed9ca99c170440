import type { LogAnchor, LogFileRead, LogGap, LogMark, LogPlace } from '../../ports/logs.ts';
import { comesAgain } from './comesAgain.ts';
import { firstTurn } from './firstTurn.ts';
import { fittingNames } from './fittingNames.ts';
import { bytesBefore, headPrint, identityIn, printIn } from './fingerprint.ts';
import { byAge, type LogFile, type LogFolder, type OpenLog } from './logFolder.ts';
import { foundFile } from './foundFile.ts';
import { type SeenFile, isThat, seenFiles } from './seenFiles.ts';
import type { Turn } from './turn.ts';

/** The log files of a directory, in the order in which they are read. */
export interface FileQueue {
  /** The file with which the following begins; undefined where there is none yet. */
  readonly first: (mark: LogMark | undefined) => Promise<Turn | undefined>;
  /**
   * The oldest of the files that were written later than this one and have something unread. Unless it is to be sure,
   * one of many files that is used again may be noticed at one of the next calls.
   */
  readonly next: (current: OpenLog, seen: SeenFile, sure: boolean) => Promise<Turn | undefined>;
  /** Notes how far a file was read. */
  readonly left: (file: LogFile, seen: Omit<SeenFile, 'modifiedMs'>) => void;
  /** What was found to be lost since the last call. */
  readonly gaps: () => readonly LogGap[];
  /** A file that holds what that one held: a copy that was made before it was emptied. */
  readonly copy: (fileId: string, anchor: LogAnchor) => Promise<OpenLog | undefined>;
  /** How far other files were read, where the server uses their names again. */
  readonly others: () => readonly LogFileRead[];
}

/** Above so many files, those that stand there are looked at only now and then as long as none comes or goes. */
const manyFiles = 50;
const seldom = 15;

/** Puts the files of a directory into the order in which the server wrote them, each part of each file once. */
export function fileQueue(folder: LogFolder, place: LogPlace): FileQueue {
  const fits = fittingNames(place);
  const again = comesAgain(place.filename);
  const seen = seenFiles();
  /** What was seen unread, by the files' identities. */
  let waiting = new Map<string, { readonly file: string; readonly bytes: number }>();
  const lost: LogGap[] = [];
  /** The loss behind the copy that is read first. */
  let emptied: LogGap | undefined;
  let count = 0;
  let passed = 0;

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
  const first = async (mark: LogMark | undefined): Promise<Turn | undefined> => {
    const begun = await firstTurn({ folder, place, fits, seen }, mark);
    lost.splice(0, lost.length, ...begun.lost); // it may be asked again as long as there is no file
    emptied = begun.emptied;
    wait(begun.unread);
    return begun.turn;
  };
  const next = async (
    current: OpenLog,
    state: SeenFile,
    sure: boolean,
  ): Promise<Turn | undefined> => {
    if (!sure && !emptied && count > manyFiles && passed < seldom && !(await folder.changed())) {
      passed++;
      return undefined;
    }
    passed = 0;
    if (emptied) lost.push(emptied);
    emptied = undefined;
    const files = await folder.list(fits);
    count = files.length;
    miss(files);
    seen.keep(files);
    const others = files.filter(({ identity }) => identity !== current.file.identity);
    const later = others.filter((file) => {
      const known = seen.get(file.identity);
      if (known) return file.size !== known.read || file.modifiedMs !== known.modifiedMs;
      return file.current === true || byAge(file, current.file) > 0;
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
    others: () => (again ? seen.told() : []),
    copy: async (fileId, anchor) =>
      foundFile(
        folder,
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
