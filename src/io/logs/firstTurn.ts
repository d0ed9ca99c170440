import type { LogGap, LogMark, LogPlace } from '../../ports/logs.ts';
import { headPrint, identityIn, printIn } from './fingerprint.ts';
import { foundFile } from './foundFile.ts';
import { byAge, type LogFile, type LogFolder, type OpenLog } from './logFolder.ts';
import { type SeenFiles, isThat } from './seenFiles.ts';
import type { Turn } from './turn.ts';

/** Where the following begins. */
export interface FirstTurn {
  /** Undefined where there is no file yet. */
  readonly turn: Turn | undefined;
  /** The files that come after it. */
  readonly unread: readonly LogFile[];
  /** What is lost before it. */
  readonly lost: readonly LogGap[];
  /** What may be lost behind it, where it is a copy of a file that was emptied. */
  readonly emptied: LogGap | undefined;
}

export interface FirstTurnOptions {
  readonly folder: LogFolder;
  readonly place: LogPlace;
  readonly fits: (name: string) => boolean;
  readonly seen: SeenFiles;
}

/** What older files hold is not looked at when the following begins: nobody will write them again but anew. */
const mostSeen = 500;

/** Finds the file with which the following begins: the marked one, else as `startAt` says. */
export async function firstTurn(
  options: FirstTurnOptions,
  mark: LogMark | undefined,
): Promise<FirstTurn> {
  const { folder, place, fits } = options;
  const files = await folder.list(fits);
  if (mark) return resumedTurn(options, files, mark);
  const { startAt } = place;
  const later = typeof startAt === 'number' ? startAt : Infinity;
  const unread = files.filter(({ modifiedMs }) => modifiedMs > later);
  const turn = await oldestOrEnd(options, unread, files, startAt === 'beginning');
  await skipAll(
    options,
    files.filter(({ identity }) => identity !== turn?.log.file.identity),
    unread,
  );
  return { turn, unread: unread.slice(1), lost: [], emptied: undefined };
}

async function resumedTurn(
  options: FirstTurnOptions,
  files: readonly LogFile[],
  mark: LogMark,
): Promise<FirstTurn> {
  const { folder, seen } = options;
  const { fileId, offset, anchor = null, others = [] } = mark;
  const identity = identityIn(fileId);
  seen.recall(others.filter((other) => identityIn(other.fileId) !== identity));
  const isMarked = async (log: OpenLog): Promise<boolean> =>
    // An identity without a fingerprint was taken before the first whole line: only its beginning is meant.
    log.file.identity === identity && printIn(fileId) === ''
      ? offset === 0
      : isThat(log, await headPrint(log), { fileId, read: offset, anchor });
  // The server's rotation never renames, others' may: the marked file is looked for under all names.
  const all = await folder.list(() => true).catch(() => files);
  const same = all.filter((file) => file.identity === identity);
  const log =
    (await foundFile(folder, same, isMarked)) ??
    (printIn(fileId) === '' ? undefined : await foundFile(folder, all, isMarked));
  // Its own time may be later: its name was used again since then, and so were those of others before it.
  const { modifiedMs } = mark;
  const after = log ? { ...log.file, modifiedMs } : { modifiedMs, bornMs: Infinity, name: '' };
  const unread = files.filter(
    (file) => file.identity !== log?.file.identity && byAge(file, after) > 0,
  );
  await skipAll(options, files, unread);
  const file = mark.file ?? '';
  if (!log) {
    const reason = same.length > 0 ? 'truncated' : 'removed';
    const turn = await oldestOrEnd(options, unread, files, false);
    return {
      turn,
      unread: unread.slice(1),
      lost: [{ file, reason, bytes: null }],
      emptied: undefined,
    };
  }
  if (log.file.identity === identity) {
    return { turn: { log, offset }, unread, lost: [], emptied: undefined };
  }
  const emptied: LogGap | undefined =
    same.length > 0 ? { file, reason: 'truncated', bytes: 0 } : undefined;
  return { turn: { log, offset, fileId }, unread, lost: [], emptied };
}

/** The oldest unread file, from where it was read to; else the one that is written now, from its end. */
async function oldestOrEnd(
  { folder, seen }: FirstTurnOptions,
  [oldest]: readonly LogFile[],
  files: readonly LogFile[],
  fromBeginning: boolean,
): Promise<Turn | undefined> {
  const file = oldest ?? files.find(({ current }) => current) ?? files.at(-1);
  const log = file && (await folder.open(file));
  if (!log) return undefined;
  if (oldest) return { log, offset: await seen.resume(log) };
  return { log, offset: fromBeginning ? 0 : log.file.size };
}

/** Takes what stands in all but the unread files as read, apart from those of which that is known. */
async function skipAll(
  { folder, seen }: FirstTurnOptions,
  files: readonly LogFile[],
  unread: readonly LogFile[],
): Promise<void> {
  const skipped = files.filter((file) => !unread.includes(file) && !seen.get(file.identity));
  for (const file of skipped.slice(-mostSeen)) {
    const log = await folder.open(file).catch(() => undefined);
    if (log) await seen.skip(log).finally(() => log.close());
  }
}
