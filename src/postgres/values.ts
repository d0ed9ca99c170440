import type { Int64 } from '../schema/fields.ts';

/*
 * PostgreSQL's text output as JSON values, for sessions with DateStyle=ISO, IntervalStyle=iso_8601, TimeZone=UTC. NULL
 * stays null and never becomes 0. Source: PostgreSQL, "Data Types", output formats.
 */

type Text = string | null;

/** `smallint`, `integer`, `bigint`, `oid`, `xid`, `numeric` without fraction: digits where it is beyond ±(2^53 − 1). */
export function int64(text: Text): Int64 | null {
  if (text === null || !/^-?\d+$/.test(text)) return null;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value + 0 : text;
}

/** `double precision`, `real`, `numeric`; NaN and the infinities are null, JSON has none. */
export function float(text: Text): number | null {
  if (text === null || text.trim() === '') return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

/** `boolean`: `t` or `f`. */
export const bool = (text: Text): boolean | null => (text === null ? null : text === 't');

/** `timestamptz` (UTC) and `timestamp`: `2026-01-02 03:04:05.678+00` → `2026-01-02T03:04:05.678Z`. Infinities and years BC are null. */
export function timestamp(text: Text): string | null {
  const found = /^(\d{4,6}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d{1,6})?)(?:\+00)?$/.exec(text ?? '');
  return found ? `${found[1] ?? ''}T${found[2] ?? ''}Z` : null;
}

const iso =
  /^P(?:(-?\d+)Y)?(?:(-?\d+)M)?(?:(-?\d+)D)?(?:T(?:(-?\d+)H)?(?:(-?\d+)M)?(?:(-?[\d.]+)S)?)?$/;
const unitSeconds = [31_557_600, 2_592_000, 86_400, 3600, 60, 1];

/** `interval` in seconds, e.g. `PT1M2.5S` → 62.5; years and months as `EXTRACT(EPOCH …)` counts them. */
export function seconds(text: Text): number | null {
  const found = iso.exec(text ?? '');
  if (!found || text === 'P' || text?.endsWith('T')) return null;
  return unitSeconds.reduce((sum, unit, index) => sum + unit * Number(found[index + 1] ?? 0), 0);
}

/** `text[]`, `name[]`, `integer[]` of one dimension, as the server writes it: `{a,"b c",NULL}`. */
export function array(text: Text): (string | null)[] | null {
  if (!text?.startsWith('{') || !text.endsWith('}')) return null;
  const items: (string | null)[] = [];
  const item = /(?:"((?:[^"\\]|\\.)*)"|([^",{}]+))(?:,|\}$)/gsy;
  item.lastIndex = 1;
  while (item.lastIndex < text.length) {
    const found = item.exec(text);
    if (!found) return text === '{}' ? [] : null;
    const [, quoted, plain] = found;
    if (quoted !== undefined) items.push(quoted.replace(/\\(.)/gs, '$1'));
    else
      items.push(plain?.toUpperCase() === 'NULL' ? null : (plain ?? '').replace(/\\(.)/gs, '$1'));
  }
  return items;
}

/** `pg_lsn` as a byte position: `16/B374D848` → 97500059720. */
export function lsn(text: Text): bigint | null {
  const found = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i.exec(text ?? '');
  return found
    ? BigInt(`0x${found[1] ?? ''}`) * 4_294_967_296n + BigInt(`0x${found[2] ?? ''}`)
    : null;
}
