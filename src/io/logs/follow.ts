import type { LogChunk, LogMark, LogPlace } from '../../ports.ts';
import type { Allowance } from './allowance.ts';
import { type LineReader, type Lines, lineReader } from './lineReader.ts';
import { byAge, type LogFile, logFile, logFiles } from './logFiles.ts';
import { fileIdOf, type OpenLog, openLog } from './openLog.ts';

/** What a follower is given. */
export interface FollowOptions {
  readonly place: LogPlace;
  readonly mark: LogMark | undefined;
  readonly allowance: Allowance;
  readonly emit: (chunk: LogChunk) => void;
  /** Whether nobody listens any more. */
  readonly ended: () => boolean;
  /** Resolves after at most 250 ms, earlier when the allowance changed or nobody listens any more. */
  readonly pause: () => Promise<void>;
}

/** Where in a file reading begins. */
interface Entry {
  readonly file: LogFile;
  readonly offset: number;
}

/** The directory is listed anew at each of so many pauses. */
const listEvery = 4;

/**
 * Follows log files until nobody listens: drains one, then goes on with the next newer one.
 *
 * What a file held when the following began, and how far a file was read that was left, is remembered: a file that the
 * server appends to again is read from there, one that it wrote anew (shorter than before) from its beginning.
 */
export async function follow(options: FollowOptions): Promise<void> {
  const { place, mark, ended, pause } = options;
  const known = new Map<string, number>();
  let entry = await firstEntry(place, mark, known);
  while (entry === undefined && !ended()) {
    await pause();
    const [file] = await logFiles(place.directory, place.suffix);
    if (file) entry = { file, offset: 0 };
  }
  let told = mark !== undefined; // whether the place is known to the one who listens
  while (entry && !ended()) {
    const log = await openLog(entry.file);
    try {
      entry = await drain(options, log, entry.offset, known, !told);
      told = true;
    } finally {
      await log.handle.close();
    }
  }
}

/** Reads a file to its end and beyond, until a newer one is there; then returns that one. */
async function drain(
  { place, allowance, emit, ended, pause }: FollowOptions,
  log: OpenLog,
  offset: number,
  known: Map<string, number>,
  tell: boolean,
): Promise<Entry | undefined> {
  let reader = await readFrom(log, offset);
  let next: Entry | undefined;
  let fileId: string | undefined;
  const send = async (lines: Lines): Promise<void> => {
    fileId ??= await fileIdOf(log);
    const chunk = { ...lines, file: log.file.name, fileId, modifiedMs: log.file.modifiedMs };
    if (ended()) return;
    allowance.handed(chunk);
    emit(chunk);
  };
  if (tell) {
    await send({ offset, end: offset, text: '', cut: false });
    fileId = undefined; // it may have no whole line yet
  }
  for (let round = 0; !ended();) {
    if (!allowance.open()) {
      await pause();
      continue;
    }
    const lines = await reader.next();
    if (lines) {
      await send(lines);
      continue;
    }
    const stats = await log.handle.stat();
    if (stats.size < reader.position()) {
      reader = lineReader(log.handle, { offset: 0 });
      fileId = undefined;
    } else if (next) {
      const rest = reader.rest();
      if (rest) await send(rest);
      known.set(keyOf(log.file), reader.position());
      return next;
    } else {
      if (++round % listEvery === 1) {
        next = await newer(place, logFile(log.file.name, log.file.path, stats), known);
      }
      // What was written before the newer file came is read first: once more to the end, without a pause.
      if (!next) await pause();
    }
  }
  return undefined;
}

/** A reader at an offset; one within a line (somebody began there) leaves the rest of that line out. */
async function readFrom({ handle }: OpenLog, offset: number): Promise<LineReader> {
  const before = Buffer.alloc(1);
  if (offset > 0) await handle.read(before, 0, 1, offset - 1);
  return lineReader(handle, { offset, midLine: offset > 0 && before[0] !== 10 });
}

/** The oldest of the files that were written later than this one and have something unread. */
async function newer(
  place: LogPlace,
  current: LogFile,
  known: Map<string, number>,
): Promise<Entry | undefined> {
  const files = await logFiles(place.directory, place.suffix);
  const present = new Set(files.map(keyOf));
  for (const key of known.keys()) if (!present.has(key)) known.delete(key);
  for (const file of files) {
    if (file.device === current.device && file.inode === current.inode) continue;
    if (byAge(file, current) <= 0) continue;
    const read = known.get(keyOf(file)) ?? 0;
    if (file.size !== read) return { file, offset: file.size < read ? 0 : read };
    if (file.size === 0) return { file, offset: 0 };
  }
  return undefined;
}

/** Where the following begins. */
async function firstEntry(
  { directory, suffix, startAt }: LogPlace,
  mark: LogMark | undefined,
  known: Map<string, number>,
): Promise<Entry | undefined> {
  const files = await logFiles(directory, suffix);
  const remember = (read: readonly LogFile[]): void => {
    for (const file of read) known.set(keyOf(file), file.size);
  };
  const newest = files.at(-1);
  if (mark === undefined) {
    remember(files.slice(0, -1));
    return newest && { file: newest, offset: startAt === 'end' ? newest.size : 0 };
  }
  // The server's rotation never renames, others' may: the marked file is looked for under all names.
  const marked = await findMarked([...files, ...(await logFiles(directory, null))], mark);
  const modifiedMs = marked?.modifiedMs ?? mark.modifiedMs;
  const unread = files.filter(
    (file) => file.modifiedMs > modifiedMs && keyOf(file) !== (marked && keyOf(marked)),
  );
  remember(files.filter((file) => !unread.includes(file)));
  if (marked) return { file: marked, offset: mark.offset };
  return unread[0]
    ? { file: unread[0], offset: 0 }
    : newest && { file: newest, offset: newest.size };
}

/** The file that a mark means, if it is still there and still the same. */
async function findMarked(files: readonly LogFile[], mark: LogMark): Promise<LogFile | undefined> {
  for (const file of files) {
    if (!mark.fileId.startsWith(`${file.device}-${file.inode}-`) || file.size < mark.offset)
      continue;
    const log = await openLog(file);
    try {
      // An identity without a fingerprint was taken before the first whole line: only its beginning is meant.
      const empty = mark.fileId.endsWith('-') && mark.offset === 0;
      if (empty || (await fileIdOf(log)) === mark.fileId) return file;
    } finally {
      await log.handle.close();
    }
  }
  return undefined;
}

const keyOf = (file: LogFile): string => `${file.name}/${file.device}/${file.inode}`;
