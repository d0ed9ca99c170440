import type { ColumnKind } from '../../schema/config/custom.ts';
import { isTable } from '../../schema/config/plainData.ts';
import type { Imported, ImportedQuery } from './imported.ts';

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
    for (const metric of Array.isArray(entry['metrics']) ? (entry['metrics'] as unknown[]) : []) {
      for (const [column, about] of isTable(metric) ? Object.entries(metric) : []) {
        const usage = isTable(about) ? String(about['usage']).toUpperCase() : '';
        const kind = Object.hasOwn(kinds, usage) ? kinds[usage] : undefined;
        if (kind) columns[column] = kind;
        else remarks.push(`${name}: column ${column}: usage ${usage} has no counterpart`);
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
    return [{ name, sql: entry['query'], columns, keys }];
  });
  return { queries, remarks };
}
