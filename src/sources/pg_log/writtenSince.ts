import { logTimestamp } from '../../postgres/logs/logTimestamp.ts';
import type { LogSourceMark } from './logProgress.ts';

/** How exactly the clock of a file system and the shortest form of a log's time tell a moment, in ms. */
const exactMs = 1000;

/**
 * The files of another form of a log that hold something later than the last line that was read were written since this
 * moment, in ms since 1970. What is no message (`restOfLog`) may have been written to the file of the mark after that.
 *
 * @param zone - `log_timezone`
 */
export function writtenSince(
  { modifiedMs, time }: Pick<LogSourceMark, 'modifiedMs' | 'time'>,
  zone: string,
): number {
  if (time === null) return modifiedMs;
  const utc = logTimestamp(zone)(/^(?:Etc\/)?(?:UTC|GMT)$/.test(zone) ? `${time} UTC` : time);
  return utc === undefined ? modifiedMs : Math.min(modifiedMs, Date.parse(utc) - exactMs);
}
