import type { DiskSpace } from './files.ts';

/** How much may wait. */
export interface Bounds {
  readonly maxBytes: number;
  readonly maxFiles: number;
  /** In ms. */
  readonly maxAgeMs: number;
  /** What must stay free on the disk, in bytes; null: the larger of 1 GiB and 5 % of it. */
  readonly minFreeBytes: number | null;
}

/** Most payloads that wait, whatever their size. */
export const MAX_FILES = 50_000;

/** So much may wait even where the disk has less space than it should: what comes now must still get through. */
const LEAST_BYTES = 4_194_304;

/** Followers of logs pause above this share of the bound, and go on below the lower one. */
const PAUSE_ABOVE = 0.8;
const RESUME_BELOW = 0.7;

/** How many bytes may wait now, and which bound it is that says so. `space` null: not known. */
export function allowedBytes(
  { maxBytes, minFreeBytes }: Bounds,
  usedBytes: number,
  space: DiskSpace | null,
): { readonly bytes: number; readonly reason: 'spool_full' | 'disk_low' } {
  if (space === null) return { bytes: maxBytes, reason: 'spool_full' };
  const keepFree = minFreeBytes ?? Math.max(2 ** 30, space.total / 20);
  const bytes = Math.max(LEAST_BYTES, usedBytes + space.free - keepFree);
  return bytes < maxBytes
    ? { bytes, reason: 'disk_low' }
    : { bytes: maxBytes, reason: 'spool_full' };
}

/** Whether followers should pause, given whether they do now. */
export const underPressure = (paused: boolean, share: number): boolean =>
  share > (paused ? RESUME_BELOW : PAUSE_ABOVE);
