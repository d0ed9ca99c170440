import type { LogAnchor, LogGap } from '../../ports/logs.ts';
import { bytesBefore, fileIdOf, headPrint, printIn, printOf } from './fingerprint.ts';
import type { FollowOptions } from './followOptions.ts';
import { type LineReader, type Lines, lineReader } from './lineReader.ts';
import type { LogFile, OpenLog } from './logFolder.ts';
import type { Turn } from './turn.ts';

/** The directory is listed anew at each of so many pauses. */
const listEvery = 4;
/** As long as less was read since the end was reached, nothing is hurried: a log with usual traffic never is. */
const calmBytes = 1_048_576;
const nothing = Buffer.alloc(0);

/**
 * Reads a file to its end and beyond, until a newer one is there; then returns that one. A file that is emptied on the way
 * is read from its beginning; what was unread is taken from a copy, if there is one.
 *
 * @param tell - Whether to tell where the reading begins.
 */
export async function drainFile(
  options: FollowOptions,
  { log, offset, fileId: copyOf }: Turn,
  tell: boolean,
): Promise<Turn | undefined> {
  const { folder, queue, allowance, emit, ended, finishing, pause, hurry } = options;
  let reader = await readFrom(log, offset);
  let file = log.file;
  let fileId = copyOf;
  let anchor: LogAnchor = { offset, print: printOf(await bytesBefore(log, offset)) };

  const send = (lines: Lines, id: string, gap?: LogGap): void => {
    if (ended()) return;
    const { name, modifiedMs } = file;
    const others = queue.others();
    const chunk = {
      ...{ ...lines, file: name, fileId: id, modifiedMs, ...(gap && { gap }) },
      ...(others.length > 0 && { others }),
    };
    anchor = { offset: lines.end, print: lines.print };
    allowance.handed(chunk);
    emit(chunk);
  };
  /** Tells a place without lines. Its file may have no whole line yet: then its identity is still open. */
  const sendPlace = async (gap?: LogGap): Promise<void> => {
    const { offset: end, print } = anchor;
    const lines = { offset: end, end, bytes: nothing, cut: false, print };
    send(lines, fileId ?? (await fileIdOf(log)), gap);
  };
  const sendGaps = async (): Promise<void> => {
    for (const gap of queue.gaps()) await sendPlace(gap);
  };
  /** Hands out what there is, as far as reading may go on. */
  const pump = async (from: LineReader): Promise<'rewritten' | 'end'> => {
    let bytes = 0;
    while (!ended()) {
      if (!allowance.open()) {
        await pause();
        continue;
      }
      const lines = await from.next();
      if (lines === undefined) return 'end';
      if (lines === 'rewritten') return lines;
      fileId ??= await fileIdOf(log);
      send(lines, fileId);
      bytes += lines.end - lines.offset;
      if (folder.restMs > 0) await pause(folder.restMs);
      else if (bytes > calmBytes) hurry();
    }
    return 'end';
  };
  /** Begins anew in a file that was emptied. `known`: its size when it was last looked at before. */
  const begin = async (known: number): Promise<void> => {
    const copy = fileId === undefined ? undefined : await queue.copy(fileId, anchor);
    if (copy && fileId !== undefined) {
      try {
        const from = await readFrom(copy, anchor.offset);
        await pump(from);
        const rest = from.rest();
        if (rest) send(rest, fileId);
        queue.left(copy.file, { fileId, read: anchor.offset, anchor });
      } finally {
        await copy.close();
      }
    }
    const bytes = Math.max(known - anchor.offset, reader.position() - anchor.offset, 0);
    reader = lineReader(log, { offset: 0 });
    fileId = undefined;
    anchor = { offset: 0, print: '' };
    await sendPlace({ file: file.name, reason: 'truncated', bytes });
  };

  await sendGaps();
  if (tell) await sendPlace();
  let next: Turn | undefined;
  // Whether all was read that stands there. To look is cheaper than to read and find nothing.
  let isRead = false;
  for (let round = 0; !ended();) {
    isRead &&= isSame(file, await log.look());
    const reached: 'rewritten' | 'end' = isRead ? 'end' : await pump(reader);
    const before = file;
    if (!isRead) file = await log.look();
    const touched = file.modifiedMs !== before.modifiedMs || round === 0;
    isRead = reached === 'end' && file.size === reader.position();
    if (
      reached === 'rewritten' ||
      (touched && (await isAnother(log, copyOf ? undefined : fileId)))
    ) {
      isRead = false;
      await begin(before.size);
    } else if (next) {
      const rest = reader.rest();
      if (rest) send(rest, (fileId ??= await fileIdOf(log)));
      queue.left(file, { fileId: fileId ?? (await fileIdOf(log)), read: anchor.offset, anchor });
      return next;
    } else {
      const finish = finishing();
      if (++round % listEvery === 1 || finish) {
        const state = { fileId: fileId ?? '', read: anchor.offset, anchor };
        const seen = { ...state, modifiedMs: file.modifiedMs };
        next = await queue.next({ ...log, file }, seen, finish);
        await sendGaps();
      }
      if (finish && !next) {
        const rest = reader.rest();
        if (rest) send(rest, fileId ?? (await fileIdOf(log)));
        return undefined;
      }
      // What was written before the newer file came is read first: once more to the end, without a pause.
      if (!next) await pause();
    }
  }
  await next?.log.close();
  return undefined;
}

/** A reader at an offset; one within a line (somebody began there) leaves the rest of that line out. */
async function readFrom(log: OpenLog, offset: number): Promise<LineReader> {
  return lineReader(log, { offset, before: await bytesBefore(log, offset) });
}

/** Whether nothing was written into a file since it was looked at. */
const isSame = (one: LogFile, now: LogFile): boolean =>
  one.size === now.size && one.modifiedMs === now.modifiedMs;

/** Whether a file begins otherwise than it did. */
async function isAnother(log: OpenLog, fileId: string | undefined): Promise<boolean> {
  return fileId !== undefined && (await headPrint(log)) !== printIn(fileId);
}
