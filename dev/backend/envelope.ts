import type { LosslessJson } from './losslessJson.ts';

/** The fields of a push body that fit the contract. */
export interface Envelope {
  readonly collectorId: string;
  readonly hostname: string;
  readonly timestamp: string;
  readonly version: string | null;
  readonly metricsCount: number | null;
  readonly metrics: readonly LosslessJson[];
}

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;

/** Whether a value is a moment as the contract wants it; epoch numbers are none. */
export const isMoment = (value: unknown): value is string =>
  typeof value === 'string' && rfc3339.test(value) && !Number.isNaN(Date.parse(value));

/** Checks a push body field by field; `problem` names the first that does not fit. */
export function envelope(body: LosslessJson): Envelope | { readonly problem: string } {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return { problem: 'body must be an object' };
  }
  const { collector_id, hostname, timestamp, version, metrics_count, metrics } = body;
  const problem = (field: string, must: string) => ({ problem: `field '${field}' ${must}` });
  if (typeof collector_id !== 'string' || collector_id === '') {
    return problem('collector_id', 'is required');
  }
  if (typeof hostname !== 'string' || hostname === '') return problem('hostname', 'is required');
  if (!isMoment(timestamp)) return problem('timestamp', 'must be an RFC 3339 string');
  if (version !== undefined && typeof version !== 'string') {
    return problem('version', 'must be a string');
  }
  if (metrics_count !== undefined && !Number.isSafeInteger(metrics_count)) {
    return problem('metrics_count', 'must be an integer');
  }
  if (metrics !== undefined && !Array.isArray(metrics))
    return problem('metrics', 'must be an array');
  return {
    collectorId: collector_id,
    hostname,
    timestamp,
    version: version ?? null,
    metricsCount: (metrics_count as number | undefined) ?? null,
    metrics: metrics ?? [],
  };
}
