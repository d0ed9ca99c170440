import { Subject, filter, firstValueFrom, map, merge, timeout } from 'rxjs';
import { expect } from 'vitest';
import type { DevPostgres } from '../../dev/postgres.ts';
import { codec } from '../../src/schema/codec.ts';
import type { ServerSettings } from '../../src/schema/config.ts';
import type { Json } from '../../src/schema/json.ts';
import type { Metric } from '../../src/schema/metric.ts';
import type { ServerSource } from '../../src/sources/source.ts';
import { serverContext, withServer } from './serverContext.ts';

/** A row of a list in a metric. */
export type Fields = Readonly<Record<string, Json>>;

/** The rows of a list in a metric. */
export const rowsOf = (metric: Metric | undefined, name: string): readonly Fields[] =>
  (metric?.[name] ?? []) as readonly Fields[];

export interface Reading {
  readonly metrics: readonly Metric[];
  readonly troubles: readonly unknown[];
  readonly notices: readonly string[];
}

/**
 * Runs a source on a real server until what it read is enough, then unsubscribes. Every metric must fit its schema.
 *
 * @param enough - Judged after each metric, each trouble and each notice.
 */
export function readUntil(
  source: ServerSource,
  server: DevPostgres,
  {
    connection = {},
    settings = {},
  }: {
    readonly connection?: Partial<ServerSettings>;
    readonly settings?: Readonly<Record<string, unknown>>;
  },
  enough: (reading: Reading) => boolean,
): Promise<Reading> {
  const checks = new Map(
    source.metrics.map((schema) => [schema.properties['type']!.const as string, codec(schema)]),
  );
  const reading$ = withServer(server, connection, (monitored) => {
    const metrics: Metric[] = [];
    const troubles: unknown[] = [];
    const notices: string[] = [];
    const told$ = new Subject<void>();
    const context = serverContext(source, monitored, {
      settings,
      trouble: (error) => {
        troubles.push(error);
        told$.next();
      },
      notice: (message) => {
        notices.push(message);
        told$.next();
      },
    });
    const read$ = source.read(context).pipe(
      map(({ metric }) => {
        expect(checks.get(metric.type)?.(metric)).toHaveProperty('json');
        metrics.push(metric);
      }),
    );
    return merge(read$, told$).pipe(map(() => ({ metrics, troubles, notices })));
  });
  return firstValueFrom(reading$.pipe(filter(enough), timeout({ first: 20_000 })));
}
