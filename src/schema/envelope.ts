import { type MetricText, arrayOf } from './metricText.ts';

/**
 * The body of `POST /metrics/push` (backend contract): who pushes, and metrics that are JSON texts already.
 *
 * Nothing here parses or rewrites a metric: 64-bit integers in it would not survive.
 */
export interface Envelope {
  readonly collector_id: string;
  readonly hostname: string;
  /** RFC 3339. */
  readonly timestamp: string;
  readonly version?: string;
  /** One JSON text each. */
  readonly metrics: readonly string[];
}

const METRICS = ',"metrics":[';

/** Writes the body; `metrics_count` is the number of metrics. */
export function writeEnvelope({ metrics, ...head }: Envelope): string {
  return writeWindow(
    head,
    metrics.map((json) => ({ json, bytes: json.length })),
  );
}

/** Writes the body of a window; late texts are made here. */
export function writeWindow(
  head: Omit<Envelope, 'metrics'>,
  metrics: readonly MetricText[],
): string {
  const start = JSON.stringify({ ...head, metrics_count: metrics.length }).slice(0, -1);
  return `${start},"metrics":${arrayOf(metrics)}}`;
}

/** Reads back what {@link writeEnvelope} wrote. Throws a `TypeError` where the text is something else. */
export function readEnvelope(body: string): Envelope {
  const { start, rest } = parts(body);
  const head = JSON.parse(`${start}}`) as Omit<Envelope, 'metrics'> & { metrics_count?: number };
  delete head.metrics_count;
  return { ...head, metrics: elements(rest.slice(METRICS.length, -2)) };
}

/** The same body under another collector id; its metrics stay as they are, byte for byte. */
export function withCollectorId(body: string, collectorId: string): string {
  const { start, rest } = parts(body);
  const head = JSON.parse(`${start}}`) as object;
  return JSON.stringify({ ...head, collector_id: collectorId }).slice(0, -1) + rest;
}

/** The quotes of `,"metrics":[` are escaped inside any string, so its first occurrence is the real one. */
function parts(body: string): { readonly start: string; readonly rest: string } {
  const at = body.indexOf(METRICS);
  if (at < 0 || !body.endsWith(']}')) throw new TypeError('this is no push body');
  return { start: body.slice(0, at), rest: body.slice(at) };
}

/** Cuts the inside of a JSON array of objects at its top-level commas. */
function elements(list: string): string[] {
  const found: string[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i < list.length; i++) {
    const char = list[i];
    if (char === '"') i = endOfString(list, i);
    else if (char === '{' || char === '[') depth++;
    else if (char === '}' || char === ']') depth--;
    else if (char === ',' && depth === 0) {
      found.push(list.slice(from, i));
      from = i + 1;
    }
  }
  if (list.length > from) found.push(list.slice(from));
  return found;
}

/** The index of the closing quote of the string that opens at `start`. */
function endOfString(text: string, start: number): number {
  let i = start + 1;
  while (i < text.length && text[i] !== '"') i += text[i] === '\\' ? 2 : 1;
  return i;
}
