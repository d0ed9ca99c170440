import type { ColumnKind } from '../../schema/config/custom.ts';
import { isTable } from '../../schema/config/plainData.ts';
import type { Imported, ImportedQuery } from './imported.ts';
import { type Mapping, mappedName, mappedSql } from './mappedSql.ts';

const kinds: Readonly<Record<string, ColumnKind>> = {
  GAUGE: 'gauge',
  COUNTER: 'counter',
  LABEL: 'label',
  DISCARD: 'ignore',
};

/** The queries of a `queries.yaml` of postgres_exporter: `name: {query, metrics: [{column: {usage}}], master, runonserver}`. */
export function fromExporter(data: Readonly<Record<string, unknown>>): Imported {
  const remarks: string[] = [];
  const queries = Object.entries(data).flatMap(([name, entry]): ImportedQuery[] => {
    if (!isTable(entry) || typeof entry['query'] !== 'string') {
      remarks.push(`${name}: left out, it has no query`);
      return [];
    }
    const columns: Record<string, ColumnKind> = {};
    const mappings: Mapping[] = [];
    for (const metric of Array.isArray(entry['metrics']) ? (entry['metrics'] as unknown[]) : []) {
      for (const [column, about] of isTable(metric) ? Object.entries(metric) : []) {
        const usage = isTable(about) ? String(about['usage']).toUpperCase() : '';
        const kind = Object.hasOwn(kinds, usage) ? kinds[usage] : undefined;
        const numbers = numbersOf(usage, about);
        if (kind) columns[column] = kind;
        else if (numbers) {
          mappings.push({ column, numbers });
          Object.assign(columns, { [column]: 'ignore', [mappedName(column)]: 'gauge' });
          remarks.push(`${name}: column ${column}: its numbers are in ${mappedName(column)}`);
        } else if (usage === 'HISTOGRAM') {
          const arrays = { [column]: 'ignore', [`${column}_bucket`]: 'ignore' };
          const sums = { [`${column}_sum`]: 'counter', [`${column}_count`]: 'counter' };
          Object.assign(columns, arrays, sums);
          remarks.push(
            `${name}: column ${column}: of a usage HISTOGRAM sum and count are read; for its buckets write a row each: ` +
              `unnest(${column}, ${column}_bucket) as a label and a counter`,
          );
        } else remarks.push(`${name}: column ${column}: usage ${usage} has no counterpart`);
      }
    }
    const { master, cache_seconds: cached, runonserver } = entry;
    if (typeof runonserver === 'string') {
      remarks.push(`${name}: runonserver ${runonserver}: set min_version and max_version`);
    }
    const keys = {
      ...(master === true && { scope: 'server' }),
      ...(master !== true && { scope: 'database' }),
      ...(typeof cached === 'number' && cached >= 1 && { interval: Math.min(cached, 86_400) }),
    };
    const sql = mappings.length > 0 ? mappedSql(entry['query'], mappings) : entry['query'];
    return [{ name, sql, columns, keys }];
  });
  return { queries, remarks };
}

/** What the texts of a MAPPEDMETRIC stand for; undefined where that is not said in numbers. */
function numbersOf(usage: string, about: unknown): Mapping['numbers'] | undefined {
  const mapping = isTable(about) ? about['metric_mapping'] : undefined;
  if (usage !== 'MAPPEDMETRIC' || !isTable(mapping)) return undefined;
  const numbers = Object.entries(mapping).map(
    ([text, number]) => [text, typeof number === 'number' ? number : NaN] as const,
  );
  const areAll = numbers.length > 0 && numbers.every(([, number]) => Number.isFinite(number));
  return areAll ? Object.fromEntries(numbers) : undefined;
}
