import { isTable } from '../../schema/config/plainData.ts';
import type { Imported, ImportedQuery } from './imported.ts';

/** Labels are marked by their names, and the moment of reading is our own. */
const columns = { 'tag_*': 'label', 'epoch_ns*': 'ignore' } as const;

/** The metric definitions of pgwatch: `metrics: {name: {sqls: {14: …}, node_status, is_instance_level, …}}`. */
export function fromPgwatch(metrics: Readonly<Record<string, unknown>>): Imported {
  const remarks: string[] = [];
  const queries = Object.entries(metrics).flatMap(([name, entry]): ImportedQuery[] => {
    const sqls = isTable(entry) && isTable(entry['sqls']) ? entry['sqls'] : {};
    const versions = Object.keys(sqls)
      .map(Number)
      .filter((version) => Number.isInteger(version))
      .sort((a, b) => a - b);
    if (!isTable(entry) || versions.length === 0) {
      remarks.push(`${name}: left out, it has no SQL`);
      return [];
    }
    if (entry['init_sql'] !== undefined) remarks.push(`${name}: init_sql is never run`);
    const gauges = entry['gauges'];
    if (!Array.isArray(gauges) || !gauges.includes('*')) {
      remarks.push(`${name}: numbers become gauges: name its counters in columns`);
    }
    const { node_status: status, statement_timeout_seconds: timeout } = entry;
    const shared = {
      scope: entry['is_instance_level'] === true ? 'server' : 'database',
      ...((status === 'primary' || status === 'standby') && { runs_on: status }),
      ...(typeof timeout === 'number' && timeout > 0 && { timeout: Math.min(timeout, 60) }),
    };
    return versions.flatMap((version, at): ImportedQuery[] => {
      const sql = sqls[String(version)];
      if (typeof sql !== 'string' || sql.replace(/[\s;]/g, '') === '') return [];
      const next = versions[at + 1];
      const several = versions.length > 1;
      const keys = {
        ...shared,
        ...(several && { metric: name }),
        min_version: Math.max(version, 9),
        ...(next !== undefined && { max_version: Math.max(next - 1, 9) }),
      };
      return [{ name: several ? `${name}_v${version}` : name, sql, columns, keys }];
    });
  });
  return { queries, remarks };
}
