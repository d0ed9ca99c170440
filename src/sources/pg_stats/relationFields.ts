import type { Json } from '../../schema/json.ts';
import type { Database } from './databases.ts';
import { type Memory, unread } from './memory.ts';
import type { Relation, Relations } from './relations.ts';
import { primaryOnly } from './tableColumns.ts';

/** How many of the relations that were skipped are named. */
const MAX_NAMES = 20;

const nameOf = ({ fields }: Relation): string =>
  `${fields['schema'] as string}.${fields['name'] as string}`;

/** The fields of a metric that speak of the tables and indexes of its database; completes the rows in place. */
export function relationFields(
  database: Database,
  { sizes }: Memory,
  tables: Relations,
  indexes: Relations,
  skipped: readonly Relation[],
): Readonly<Record<string, Json>> {
  const sized = ({ oid, fields }: Relation): Record<string, Json> => {
    // Assigned and not spread: V8 gives each spread of so many fields a shape of its own, megabytes per reading.
    const size = sizes.get(oid) ?? unread;
    fields['size_bytes'] = size.size_bytes;
    fields['size_read_at'] = size.size_read_at;
    return fields;
  };
  const total = tables.total + indexes.total;
  const cut = total > tables.chosen.length + indexes.chosen.length;
  return {
    tables: tables.chosen.map((table) => {
      const fields = sized(table);
      if (database.inRecovery) for (const name of primaryOnly) fields[name] = null;
      return fields;
    }),
    indexes: indexes.chosen.map((index) => {
      const fields = sized(index);
      fields['status'] = statusOf(index, database);
      return fields;
    }),
    ...(cut && { truncated: true, total }),
    tables_total: tables.total,
    indexes_total: indexes.total,
    sizes_skipped: skipped.length,
    ...(skipped.length > 0 && {
      sizes_skipped_names: skipped.slice(0, MAX_NAMES).map(nameOf).sort(),
    }),
  };
}

/** People drop what is said to be unused: only where that can be known. */
const statusOf = ({ fields }: Relation, { settled, inRecovery }: Database): Json => {
  if (!settled || inRecovery || fields['is_unique'] === true || fields['is_exclusion'] === true)
    return null;
  return fields['scans'] === 0 ? 'UNUSED' : 'USED';
};
