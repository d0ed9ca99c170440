import type { RedactMode } from '../redaction/redactMode.ts';
import type { SqlRedactor } from '../redaction/sqlRedactor.ts';
import type { LogPlan } from './logPlan.ts';

/** Properties that hold figures and the server's own words. */
const figures =
  /^(?:Buffers|WAL|I\/O Timings|Heap Blocks|Heap Fetches|Rows Removed by [A-Za-z ]+|Sort Method|Sort Space (?:Used|Type)|Memory Usage|Peak Memory Usage|Buckets|Batches|Hash Batches|Original Hash Batches|Hash Buckets|Original Hash Buckets|Disk Usage|Workers (?:Planned|Launched)|Worker \d+|Planned Partitions|Hits|Index Searches|Storage|Full-sort Groups|Pre-sorted Groups|Inner Unique|Parallel Aware|Async Capable|Disabled|[A-Za-z ]+ (?:Blocks|Time|Bytes|Records|FPI))$/;

/** A plan without literals: its query, and the conditions of its nodes. Changes and returns it. */
export function redactPlan(plan: LogPlan, mode: RedactMode, sql: SqlRedactor): LogPlan {
  plan.query = sql(plan.query);
  if (mode === 'none') return plan;
  for (const { properties } of plan.nodes) {
    for (const property of properties) {
      if (figures.test(property.name) && !/['"$]/.test(property.value)) continue;
      // Of several words, a cut-off text or an object in JSON none tells a command: literals are what is to go.
      property.value = mode === 'all' ? '?' : sql(`SELECT ${property.value}`).slice(7);
    }
  }
  return plan;
}
