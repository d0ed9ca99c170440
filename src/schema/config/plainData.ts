/** A table of a decoded configuration: own keys only, no prototype. */
export interface Table {
  [key: string]: unknown;
}

/** Whether a decoded value is a table. */
export const isTable = (value: unknown): value is Table =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An empty table without a prototype, so that no key (`__proto__`, `constructor`) means more than any other. */
export const emptyTable = (): Table => Object.create(null) as Table;

/** A deep copy as plain data: tables without prototype, dates as their text (no key takes a date). */
export function plainData(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainData);
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'bigint') return Number(value);
  if (!isTable(value)) return value;
  const copy = emptyTable();
  for (const key of Object.keys(value)) copy[key] = plainData(value[key]);
  return copy;
}

/** Whether two decoded values are equal. */
export function equalData(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => equalData(item, b[index]));
  }
  if (!isTable(a) || !isTable(b) || Array.isArray(a) || Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && equalData(a[key], b[key]))
  );
}
