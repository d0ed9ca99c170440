import type { Metric } from '../../schema/metric.ts';
import type { Database } from './databases.ts';
import type { Memory } from './memory.ts';

/** The metric of one database, without its relations. */
export const databaseMetric = (
  server: string,
  timestamp: string,
  { name, inRecovery, fields }: Database,
  { size }: Memory,
): Metric => ({
  type: 'pg_stats',
  timestamp,
  server,
  database: name,
  in_recovery: inRecovery,
  ...size,
  ...fields,
});
