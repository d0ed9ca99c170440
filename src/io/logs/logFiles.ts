import type { Stats } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FileError, messageOf } from '../../errors.ts';

/** A file that may be a log, as the directory shows it. */
export interface LogFile {
  readonly name: string;
  readonly path: string;
  readonly device: number;
  readonly inode: number;
  readonly size: number;
  readonly modifiedMs: number;
}

/** Endings of what is no plain log of the wanted format, where the wanted one has no ending of its own. */
const foreign = ['.csv', '.json', '.gz', '.bz2', '.xz', '.zst', '.lz4'];

/** Older first; files of one instant by name, which has the time in it. */
export const byAge = (a: LogFile, b: LogFile): number =>
  a.modifiedMs - b.modifiedMs || (a.name < b.name ? -1 : 1);

/**
 * Lists the regular files of a directory whose names have an ending, oldest first.
 *
 * Links, FIFOs and files of another owner than the directory's are left out (a directory of root may hold files of
 * others, as /var/log does): where nothing else is there, that is an error, so that nobody waits for them.
 *
 * @param suffix - Null lists files of all names.
 */
export async function logFiles(
  directory: string,
  suffix: string | null,
): Promise<readonly LogFile[]> {
  try {
    const [folder, names] = await Promise.all([stat(directory), readdir(directory)]);
    const fits = (name: string): boolean =>
      suffix === ''
        ? !foreign.some((ending) => name.endsWith(ending))
        : suffix === null || name.endsWith(suffix);
    const files: LogFile[] = [];
    const refused: string[] = [];
    for (const name of names.filter(fits)) {
      const path = join(directory, name);
      const found = await statOf(path);
      if (found === undefined || found.isDirectory()) continue;
      if (!found.isFile()) refused.push(`${name} is no regular file`);
      else if (found.uid !== folder.uid && folder.uid !== 0) {
        refused.push(`${name} belongs to another user than the directory`);
      } else files.push(logFile(name, path, found));
    }
    if (files.length === 0 && refused[0] !== undefined && suffix !== null) {
      throw new FileError(`no log file can be read in ${directory}: ${refused[0]}`);
    }
    return files.sort(byAge);
  } catch (error) {
    throw error instanceof FileError ? error : logFileError(directory, error);
  }
}

/** What is known of one file. */
export const logFile = (name: string, path: string, stats: Stats): LogFile => ({
  name,
  path,
  device: stats.dev,
  inode: stats.ino,
  size: stats.size,
  modifiedMs: stats.mtimeMs,
});

/** Undefined where the file went away since it was listed. */
async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
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
