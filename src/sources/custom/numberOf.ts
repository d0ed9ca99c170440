import { float, lsn, seconds } from '../../postgres/values.ts';

/** Types by oid (pg_type.dat) that can be read as a number. */
const oids = { bool: 16, interval: 1186, pgLsn: 3220 } as const;
/** smallint, integer, bigint, oid, xid, real, double precision, numeric, xid8. */
const plain: ReadonlySet<number> = new Set([21, 23, 20, 26, 28, 700, 701, 1700, 5069]);
/** real, double precision: whole numbers of theirs are not exact beyond 2^53. */
const floats: ReadonlySet<number> = new Set([700, 701]);

/** Whether values of a type (its oid) are numbers, or stand for one. */
export const isNumber = (type: number): boolean =>
  plain.has(type) || Object.values(oids).some((oid) => oid === type);

/**
 * A value as a number: 64-bit integers exact (digits beyond ±(2^53 − 1)), yes and no as 1 and 0, an interval in seconds, a
 * WAL position in bytes. NULL, NaN and the infinities are null.
 */
export function numberOf(text: string | null, type: number): number | string | null {
  if (text === null) return null;
  if (type === oids.bool) return text === 't' ? 1 : 0;
  if (type === oids.interval) return seconds(text);
  const whole = type === oids.pgLsn ? lsn(text) : wholeOf(text, type);
  if (whole === null || BigInt.asIntN(64, whole) !== whole) return float(text);
  const value = Number(whole);
  return Number.isSafeInteger(value) ? value : whole.toString();
}

const wholeOf = (text: string, type: number): bigint | null =>
  !floats.has(type) && /^-?\d+$/.test(text) ? BigInt(text) : null;
