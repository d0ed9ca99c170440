import { platform } from 'node:os';
import type pg from 'pg';
import { type Observable, firstValueFrom, map, of, take, timeout, toArray } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { host as openHost } from '../../../src/io/host.ts';
import type { Host } from '../../../src/ports/host.ts';
import { codec } from '../../../src/schema/codec.ts';
import type { Metric } from '../../../src/schema/metric.ts';
import { pgProcesses } from '../../../src/sources/pg_processes/pg_processes.ts';
import { needs } from '../../support/needs.ts';
import { withPostgres } from '../../support/postgres.ts';
import { type Fields, rowsOf } from '../../support/readings.ts';
import { serverContext, withServer } from '../../support/serverContext.ts';

const linux = needs('Linux (/proc)', platform() === 'linux');

describe.skipIf(!linux)('pg_processes', () => {
  const server = withPostgres();
  const host = openHost();
  let busy: pg.Client;
  let work: Promise<unknown>;
  beforeAll(async () => {
    await server().sql('CREATE ROLE watcher LOGIN IN ROLE pg_monitor');
    busy = await server().connect();
    work = busy
      .query(
        `SELECT count(*) FROM generate_series(1, 10000) a, generate_series(1, 10000) b, generate_series(1, 1000) c
         WHERE a + b + c = 4711`,
      )
      .catch(() => undefined);
  });
  afterAll(async () => {
    await server().sql(
      `SELECT pg_cancel_backend(${(busy as unknown as { processID: number }).processID})`,
    );
    await work;
    await busy.end();
    host.close();
  });
  interface Told {
    readonly metric: Metric;
    readonly troubles: readonly unknown[];
  }
  function read(given: Host, local = true, settings = {}): Observable<Told> {
    return withServer(server(), { user: 'watcher' }, (monitored) => {
      const connection = () => ({ ...monitored.connection(), local });
      const context = serverContext(
        pgProcesses,
        { ...monitored, connection },
        { host: given, settings: { interval: 5, ...settings } },
      );
      return pgProcesses
        .read(context)
        .pipe(map(({ metric }) => ({ metric, troubles: context.troubles })));
    });
  }

  it('tells which backend takes the processor, and what it runs', async () => {
    const { metric, troubles } = await firstValueFrom(read(host).pipe(timeout(10_000)));
    expect(troubles).toStrictEqual([]);
    expect(codec(pgProcesses.metrics[0]!)(metric)).toHaveProperty('json');
    const pid = (busy as unknown as { processID: number }).processID;
    const row = rowsOf(metric, 'top').find((each) => each['pid'] === pid);
    expect(row).toMatchObject({
      backend_type: 'client backend',
      database: 'postgres',
      user: 'postgres',
      state: 'active',
      query: expect.stringMatching(/WHERE a \+ b \+ c = \?$/) as string,
      resident_bytes: expect.any(Number) as number,
      anonymous_bytes: expect.any(Number) as number,
    });
    expect(row?.['cpu_percent']).toBeGreaterThan(5);
    expect(row?.['cpu_ms']).toBeGreaterThan(50);
    expect(row?.['resident_bytes']).toBeGreaterThan(1_000_000);
    expect(metric['interval_seconds']).toBeGreaterThanOrEqual(0.9);
    expect(metric['cpu_percent']).toBeGreaterThanOrEqual(row?.['cpu_percent'] as number);
    const [count] = await server().sql(`SELECT count(*)::int AS n FROM pg_stat_activity`);
    expect(metric['processes']).toBeGreaterThanOrEqual((count!['n'] as number) - 2);
    const kinds = rowsOf(metric, 'top').map(({ backend_type }) => backend_type);
    expect(kinds).toEqual(expect.arrayContaining(['checkpointer', 'background writer']));
  });

  it('tells what else loads the host, without arguments', async () => {
    const { metric } = await firstValueFrom(read(host).pipe(timeout(10_000)));
    const others: readonly Fields[] = rowsOf(metric, 'others');
    expect(others.length).toBeGreaterThan(0);
    for (const { resident_bytes, processes } of others) {
      expect(resident_bytes).toBeGreaterThanOrEqual(0);
      expect(processes).toBeGreaterThan(0);
    }
    const mine = others.find(({ name }) => /^(node|vitest|MainThread)/.test(name as string));
    expect(mine?.['resident_bytes']).toBeGreaterThan(10_000_000);
  });

  it('cuts its lists loudly', async () => {
    const { metric } = await firstValueFrom(read(host, true, { top: 2 }).pipe(timeout(10_000)));
    expect(rowsOf(metric, 'top')).toHaveLength(2);
    expect(metric).toMatchObject({ truncated: true, total: metric['processes'] });
  });

  it('is silent for a server on another host', async () => {
    const quiet$ = read(host, false, { interval: 1 }).pipe(
      take(1),
      timeout({ first: 2_500, with: () => of('silent') }),
      toArray(),
    );
    expect(await firstValueFrom(quiet$)).toEqual(['silent']);
  });

  it('says that the processes cannot be seen where they are not those of this host', async () => {
    const blind: Host = { ...host, processFiles: () => of(new Map()) };
    const troubles: unknown[] = [];
    const seen$ = withServer(server(), {}, (monitored) =>
      pgProcesses.read(
        serverContext(pgProcesses, monitored, {
          host: blind,
          settings: { interval: 1 },
          trouble: (error) => troubles.push(error),
        }),
      ),
    ).pipe(take(1), timeout({ first: 2_500, with: () => of('silent') }));
    expect(await firstValueFrom(seen$)).toBe('silent');
    expect(String(troubles[0])).toContain('not to be seen in /proc');
  });
});
