import type { Json } from '../../schema/json.ts';
import type { Session } from './session.ts';

/** A row of a breakdown: what the sessions have in common, and how many they are. */
export type TallyRow = Readonly<Record<string, Json>>;

/** Counts sessions by one or several of their properties, most first. */
export function tally(
  sessions: readonly Session[],
  fields: readonly string[],
  valuesOf: (session: Session) => readonly (string | null)[],
): TallyRow[] {
  const groups = new Map<string, { readonly values: readonly (string | null)[]; count: number }>();
  for (const session of sessions) {
    const values = valuesOf(session);
    const key = JSON.stringify(values);
    const group = groups.get(key);
    if (group) group.count += 1;
    else groups.set(key, { values, count: 1 });
  }
  return [...groups.values()]
    .sort((a, b) => b.count - a.count)
    .map(({ values, count }) => {
      const row: Record<string, Json> = {};
      fields.forEach((field, index) => (row[field] = values[index] ?? null));
      row['sessions'] = count;
      return row;
    });
}
