import { afterAll, beforeAll, it } from 'vitest';
import { type MockBackend, startBackend } from '../../dev/backend/startBackend.ts';
import type { DevPostgres, PostgresOptions } from '../../dev/postgres.ts';
import type { MetricSchema } from '../../src/schema/metric.ts';
import { registry } from '../../src/sources/registry.ts';
import { deliverFrom } from './deliverFrom.ts';
import { emptyFields } from './emptyFields.ts';
import { type EventfulServer, deadlock, startEventful } from './eventfulServer.ts';
import { expectKnown } from './expectKnown.ts';

/** The schema of each type, once. */
const schemas: readonly MetricSchema[] = [
  ...new Map(
    registry.flatMap(({ metrics }) => metrics).map((schema) => [schema.$id, schema]),
  ).values(),
];

/** What only a reader that runs can notice. */
async function changed(server: DevPostgres): Promise<void> {
  await server.sql(`ALTER SYSTEM SET deadlock_timeout = '310ms'`);
  await server.sql('SELECT pg_reload_conf()');
  const pair = [await server.connect(), await server.connect()] as const;
  await deadlock(...pair);
  for (const client of pair) await client.end();
}

/** Holds all that the agent delivers from a version of PostgreSQL against the list of what may be empty. */
export function everyFieldIsFilled(
  major: number,
  options: Pick<PostgresOptions, 'version' | 'binaries'>,
): void {
  let server: EventfulServer | undefined;
  let backend: MockBackend | undefined;
  beforeAll(async () => {
    backend = await startBackend({ schemas });
    // Pulled, and other than what the agent begins with.
    backend.setConfig('*', '[pg_log]\nmax_entries = 400\n', 7);
    server = await startEventful(major, options);
  });
  afterAll(async () => {
    await server?.stop();
    await backend?.stop();
  });

  it('every field of every type is filled somewhere, but for those of which is said why not', async () => {
    const check = (): void => expectKnown(emptyFields(schemas, backend!.received.metrics()), major);
    await deliverFrom(server!, backend!, () => changed(server!.primary), check);
  }, 300_000);
}
