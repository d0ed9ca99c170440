import type { Json } from '../../schema/json.ts';
import { jsonBytes } from '../../schema/jsonBytes.ts';
import type { Metric } from '../../schema/metric.ts';
import { type LateList, lateParts } from '../parts.ts';
import type { Database } from './databases.ts';
import { type Memory, unread } from './memory.ts';
import type { Relations } from './relations.ts';
import { primaryOnly } from './tableColumns.ts';
import type { Found, Visit } from './visit.ts';

/** How many of the relations that were skipped are named. */
const MAX_NAMES = 20;

/** The largest of what is added to a row. */
const addedBytes = jsonBytes({
  size_bytes: '9223372036854775807',
  size_read_at: '2026-01-02T03:04:05.678Z',
  status: 'UNUSED',
});

/** The metric of a database with the tables and indexes that were found in it, part by part. */
export function relationParts(
  metric: Metric,
  { database, memory }: Visit,
  { tables, indexes, skipped }: Found,
): Iterable<Metric> {
  const total = tables.total + indexes.total;
  const cut = total > tables.oids.length + indexes.oids.length;
  return lateParts(
    {
      ...metric,
      tables: [],
      indexes: [],
      ...(cut && { truncated: true, total }),
      tables_total: tables.total,
      indexes_total: indexes.total,
      sizes_skipped: skipped.size,
      ...(skipped.size > 0 && { sizes_skipped_names: namesOf(skipped, [tables, indexes]) }),
    },
    {
      tables: listOf(tables, memory, (fields) => {
        if (database.inRecovery) for (const name of primaryOnly) fields[name] = null;
      }),
      indexes: listOf(indexes, memory, (fields) => {
        fields['status'] = statusOf(fields, database);
      }),
    },
  );
}

/** The rows as they are sent, each made when it is asked for and `completed` in place. */
function listOf(
  { rows, columns, bytes }: Relations,
  { sizes }: Memory,
  complete: (fields: Record<string, Json>) => void,
): LateList {
  function* items(): Generator<Json> {
    for (const row of rows) {
      // Assigned and not spread: V8 gives each spread of so many fields a shape of its own, megabytes per reading.
      const fields = columns.read(row);
      const size = sizes.get(Number(row[0])) ?? unread;
      fields['size_bytes'] = size.size_bytes;
      fields['size_read_at'] = size.size_read_at;
      complete(fields);
      yield fields;
    }
  }
  return { bytes: bytes.map((each) => each + addedBytes), items: items() };
}

/** The names of the first of these relations. */
function namesOf(oids: ReadonlySet<number>, kinds: readonly Relations[]): string[] {
  const names: string[] = [];
  for (const { rows, columns } of kinds) {
    for (const row of rows) {
      if (names.length === MAX_NAMES) break;
      if (!oids.has(Number(row[0]))) continue;
      const { schema, name } = columns.read(row);
      names.push(`${schema as string}.${name as string}`);
    }
  }
  return names.sort();
}

/** People drop what is said to be unused: only where that can be known. */
function statusOf(fields: Readonly<Record<string, Json>>, { settled, inRecovery }: Database): Json {
  const enforces = fields['is_unique'] === true || fields['is_exclusion'] === true;
  if (!settled || inRecovery || enforces) return null;
  return fields['scans'] === 0 ? 'UNUSED' : 'USED';
}
