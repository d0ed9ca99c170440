import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { FileError } from '../../errors.ts';
import { type LogFile, logFile, logFileError } from './logFiles.ts';

/** A log file that is open for reading. */
export interface OpenLog {
  readonly file: LogFile;
  readonly handle: FileHandle;
}

/**
 * Opens a log file without following a link in its place and without waiting (a FIFO would block), and looks again
 * whether it is a regular file: between listing and opening it may have been replaced.
 */
export async function openLog({ name, path }: LogFile): Promise<OpenLog> {
  let handle: FileHandle;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    throw logFileError(path, error);
  }
  const stats = await handle.stat();
  if (stats.isFile()) return { file: logFile(name, path, stats), handle };
  await handle.close();
  throw new FileError(`${path} is no regular file`);
}

/** How much of the first line tells a file from others. */
const fingerprintBytes = 256;

/**
 * Identifies what a file holds beyond its name: device, inode and a fingerprint of its first line, so that a file that
 * was truncated and written anew is another. Without a whole first line (or 256 bytes) the fingerprint is empty.
 */
export async function fileIdOf({ file, handle }: OpenLog): Promise<string> {
  const head = Buffer.alloc(fingerprintBytes);
  const { bytesRead } = await handle.read(head, 0, fingerprintBytes, 0);
  const newline = head.subarray(0, bytesRead).indexOf(10);
  const length = newline >= 0 ? newline : bytesRead === fingerprintBytes ? bytesRead : 0;
  const fingerprint =
    length === 0
      ? ''
      : createHash('sha256').update(head.subarray(0, length)).digest('hex').slice(0, 16);
  return `${file.device}-${file.inode}-${fingerprint}`;
}
