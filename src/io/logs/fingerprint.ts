import { hash } from 'node:crypto';
import type { LogAnchor } from '../../ports/logs.ts';
import type { OpenLog } from './logFolder.ts';

/** How much of the first line tells a file from others. */
const headBytes = 256;

/** How much before an offset tells whether a file still is what was read. */
export const anchorBytes = 64;

/** Fingerprint of some bytes; empty for none. */
export const printOf = (bytes: Uint8Array): string =>
  bytes.length === 0 ? '' : hash('sha256', bytes).slice(0, 16);

/** Fingerprint of a file's first line; empty as long as it has neither a whole one nor 256 bytes. */
export async function headPrint(log: OpenLog): Promise<string> {
  const head = Buffer.alloc(headBytes);
  const { bytesRead } = await log.readv([head], 0);
  const newline = head.subarray(0, bytesRead).indexOf(10);
  const length = newline >= 0 ? newline : bytesRead === headBytes ? bytesRead : 0;
  return printOf(head.subarray(0, length));
}

/**
 * Identifies what a file holds beyond its name: device, inode and a fingerprint of its first line, so that a file that
 * was truncated and written anew is another.
 */
export async function fileIdOf(log: OpenLog): Promise<string> {
  return `${log.file.identity}-${await headPrint(log)}`;
}

/** The fingerprint that a file's identity ends with. */
export const printIn = (fileId: string): string => fileId.slice(fileId.lastIndexOf('-') + 1);

/** What a file's identity begins with: device and inode. */
export const identityIn = (fileId: string): string => fileId.slice(0, fileId.lastIndexOf('-'));

/** The bytes before an offset, at most 64. */
export async function bytesBefore(log: OpenLog, offset: number): Promise<Buffer> {
  const wanted = Buffer.alloc(Math.min(anchorBytes, offset));
  if (wanted.length === 0) return wanted;
  const { bytesRead } = await log.readv([wanted], offset - wanted.length);
  return wanted.subarray(0, bytesRead);
}

/** Whether what stood before an offset still stands there. */
export async function holds(log: OpenLog, { offset, print }: LogAnchor): Promise<boolean> {
  const before = await bytesBefore(log, offset);
  return before.length === Math.min(anchorBytes, offset) && printOf(before) === print;
}
