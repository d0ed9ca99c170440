import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FileError, messageOf } from '../../errors.ts';
import type { LogPlace } from '../../ports/logs.ts';
import { currentLogfile } from './currentLogfile.ts';
import { byAge, type LogFile, type LogFolder, type OpenLog } from './logFolder.ts';
import { namesWithTold } from './namesWithTold.ts';

/** A directory of this host. */
export function localFolder({
  directory,
  current,
}: Pick<LogPlace, 'directory' | 'current'>): LogFolder {
  let listed: number | undefined;
  let written: string | undefined;
  const named = namesWithTold();
  const writtenNow = current ? currentLogfile(current) : () => Promise.resolve(undefined);
  const changedMs = async (): Promise<number | undefined> =>
    (await stat(directory).catch(() => undefined))?.mtimeMs;
  return {
    list: async (fits) => {
      listed = await changedMs();
      written = await writtenNow();
      const files = await list(directory, named(written, fits));
      return files.map((file) => (file.name === written ? { ...file, current: true } : file));
    },
    changed: async () =>
      listed === undefined || (await changedMs()) !== listed || (await writtenNow()) !== written,
    open: (file) => openLog(directory, file),
    restMs: 0,
  };
}

/**
 * Lists the regular files of a directory, oldest first.
 *
 * Links, FIFOs and files of another owner than the directory's are left out (a directory of root may hold files of
 * others, as /var/log does): where nothing else is there, that is an error, so that nobody waits for them.
 */
async function list(
  directory: string,
  fits: (name: string) => boolean,
): Promise<readonly LogFile[]> {
  try {
    const [folder, names] = await Promise.all([stat(directory), readdir(directory)]);
    const files: LogFile[] = [];
    const refused: string[] = [];
    for (const name of names.filter(fits)) {
      const found = await unlessGone(lstat(join(directory, name)));
      if (found === undefined || found.isDirectory()) continue;
      if (!found.isFile()) refused.push(`${name} is no regular file`);
      else if (found.uid !== folder.uid && folder.uid !== 0) {
        refused.push(`${name} belongs to another user than the directory`);
      } else files.push(logFile(name, found));
    }
    if (files.length === 0 && refused[0] !== undefined) {
      throw new FileError(`no log file can be read in ${directory}: ${refused[0]}`);
    }
    return files.sort(byAge);
  } catch (error) {
    throw error instanceof FileError ? error : logFileError(directory, error);
  }
}

const logFile = (name: string, stats: Stats): LogFile => ({
  name,
  identity: `${stats.dev}-${stats.ino}`,
  size: stats.size,
  modifiedMs: stats.mtimeMs,
  bornMs: stats.birthtimeMs,
});

/**
 * Opens a log file without following a link in its place and without waiting (a FIFO would block), and looks again
 * whether it is a regular file: between listing and opening it may have been replaced.
 */
async function openLog(directory: string, { name }: LogFile): Promise<OpenLog | undefined> {
  const path = join(directory, name);
  let handle: FileHandle | undefined;
  try {
    handle = await unlessGone(
      open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK),
    );
  } catch (error) {
    throw logFileError(path, error);
  }
  if (!handle) return undefined;
  const opened = handle;
  const look = async (): Promise<Stats> => opened.stat();
  const stats = await look();
  if (!stats.isFile()) {
    await opened.close();
    throw new FileError(`${path} is no regular file`);
  }
  return {
    file: logFile(name, stats),
    readv: (buffers, position) => opened.readv(buffers, position),
    look: async () => logFile(name, await look()),
    close: () => opened.close(),
  };
}

/** Undefined where a file went away since it was listed. */
async function unlessGone<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

const codeOf = (error: unknown): unknown => (error as NodeJS.ErrnoException | null)?.code;

/** Says what failed on a log file or directory, and what to do. */
export function logFileError(path: string, cause: unknown): FileError {
  const code = codeOf(cause);
  const user = process.getuid?.() ?? 'of the collector';
  const problem =
    code === 'EACCES' || code === 'EPERM'
      ? `the user ${user} may not read ${path}: add it to the group of the log files (often adm or postgres) and let the server write them with log_file_mode = 0640`
      : code === 'ENOENT' || code === 'ENOTDIR'
        ? `${path} does not exist: correct [pg_log] directory`
        : code === 'ELOOP'
          ? `${path} is a symbolic link: links are not followed, set [pg_log] directory to the real one`
          : `${path} cannot be read: ${messageOf(cause)}`;
  return new FileError(problem, { cause });
}
