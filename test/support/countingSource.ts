import { type Observable, defer, map, timer } from 'rxjs';
import { integer, text } from '../../src/schema/fields.ts';
import { type Metric, metricSchema } from '../../src/schema/metric.ts';
import { section } from '../../src/schema/section.ts';
import { polled } from '../../src/sources/polled.ts';
import {
  type HostContext,
  type HostSource,
  type Source,
  hostSource,
  serverSource,
} from '../../src/sources/source.ts';
import { timestampNow } from '../../src/sources/timestamp.ts';

export interface CountingSourceOptions {
  /** The interval that is set by default, in seconds. Default 10. */
  readonly everyS?: number;
  /** How long a read takes, in ms. Default 5. */
  readonly takesMs?: number;
  /** In the place of a read that counts; `n` counts the reads. */
  readonly read?: (n: number, metric: Metric) => Observable<Metric | readonly Metric[]>;
}

/** What `countingSource` made: the number of metrics that its reads gave. */
export interface Counted {
  metrics: number;
}

const schemaOf = (type: string) =>
  metricSchema(type, 'how often it was read', {
    n: integer('how many metrics came before'),
    server: text('of the server, or empty'),
  });

/** A host source that reads on a clock and numbers its metrics from 0 on. */
export function countingSource(
  type: string,
  { everyS = 10, takesMs = 5, read }: CountingSourceOptions = {},
): Source & { readonly counted: Counted } {
  const counted: Counted = { metrics: 0 };
  let reads = 0;
  const settings = section('a test', { default: everyS }, {});
  const source = hostSource({
    type,
    scope: 'host',
    settings,
    metrics: [schemaOf(type)],
    read: (context) =>
      polled(context, { timeoutMs: 6_000 }, () => {
        const next = (): Metric => {
          const n = counted.metrics++;
          return { type, timestamp: timestampNow(), n, server: '' };
        };
        if (read === undefined) return timer(takesMs).pipe(map(next));
        return defer(() =>
          read(reads++, { type, timestamp: timestampNow(), n: reads, server: '' }),
        );
      }),
  });
  return { ...source, counted };
}

/** A host source whose stream a test gives. */
export const givenSource = (type: string, read: HostSource['read']): Source =>
  hostSource({
    type,
    scope: 'host',
    settings: section('a test', { default: 10 }, {}),
    metrics: [schemaOf(type)],
    read: (context) => read(context as HostContext<never>),
  });

/** A source that asks each server on a clock. */
export const serverCountingSource = (type: string, everyS = 10): Source => {
  let n = 0;
  const settings = section('a test', { default: everyS }, {});
  return serverSource({
    type,
    scope: 'server',
    settings,
    metrics: [schemaOf(type)],
    read: (context) =>
      polled(context, { timeoutMs: 6_000 }, () =>
        context.server
          .query({ name: `${type}/read`, lane: 'fast', sql: 'SELECT 1', timeoutMs: 5_000 })
          .pipe(
            map(() => ({
              type,
              timestamp: timestampNow(),
              n: n++,
              server: context.server.name,
            })),
          ),
      ),
  });
};
