import { type Observable, tap } from 'rxjs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { DevPostgres } from '../../../dev/postgres.ts';
import { startStandby } from '../../../dev/postgres/standby.ts';
import type { Query, Row } from '../../../src/ports/server.ts';
import { codec } from '../../../src/schema/codec.ts';
import type { Metric } from '../../../src/schema/metric.ts';
import { pgEventMetric } from '../../../src/sources/pgEvent.ts';
import { pgEvents } from '../../../src/sources/pg_event/pg_event.ts';
import { withPostgres } from '../../support/postgres.ts';
import { serverContext, withServer } from '../../support/serverContext.ts';

const server = withPostgres();

interface Watched {
  readonly events: Metric[];
  readonly troubles: readonly unknown[];
  /** The events so far, as words. */
  readonly words: () => readonly string[];
  readonly until: (event: string) => Promise<void>;
}

const msOf = (moment: unknown): number => Date.parse(moment as string);

/** Watches a server until the test ends, from its first answer on. */
async function watched(from: DevPostgres, user = 'postgres'): Promise<Watched> {
  const events: Metric[] = [];
  const troubles: unknown[] = [];
  const reads: string[] = [];
  const check = codec(pgEventMetric);
  const subscription = withServer(from, { user }, (monitored) => {
    function query(read: Query): Observable<readonly Row[]> {
      return monitored.query(read).pipe(tap({ complete: () => reads.push(read.name) }));
    }
    const context = serverContext(
      pgEvents,
      { ...monitored, query },
      {
        settings: { interval: 1 },
        trouble: (error) => troubles.push(error),
      },
    );
    return pgEvents.read(context);
  }).subscribe(({ metric, urgent }) => {
    expect(check(metric)).toHaveProperty('json');
    expect(metric['urgent']).toBe(urgent === true);
    events.push(metric);
  });
  onTestFinished(() => {
    subscription.unsubscribe();
  });
  await vi.waitFor(() => expect(reads).toContain('pg_event/resets'), 10_000);
  const words = () => events.map(({ event }) => event as string);
  return {
    events,
    troubles,
    words,
    until: (event) => vi.waitFor(() => expect(words()).toContain(event), { timeout: 25_000 }),
  };
}

describe('pg_event', () => {
  it('is read without the functions that are closed to the role', async () => {
    await server().sql(`CREATE ROLE shut LOGIN IN ROLE pg_monitor;
      REVOKE EXECUTE ON FUNCTION pg_stat_get_archiver() FROM PUBLIC`);
    onTestFinished(async () => {
      await server().sql('GRANT EXECUTE ON FUNCTION pg_stat_get_archiver() TO PUBLIC');
    });
    const { troubles, events } = await watched(server(), 'shut');
    expect([...troubles, ...events]).toEqual([]);
  });

  it('tells which statistics were reset, in which database', async () => {
    await server().sql('CREATE DATABASE shop');
    await server().sql('SELECT pg_stat_reset()', 'shop');
    const { events, words, until, troubles } = await watched(server());
    await server().sql('SELECT pg_stat_reset()', 'shop');
    await server().sql(`SELECT pg_stat_reset_shared('wal'), pg_stat_reset_slru(NULL)`);
    await until('statistics_reset');
    await vi.waitFor(() => expect(words().length).toBe(3), 10_000);
    const [row] = await server().sql('SELECT stats_reset FROM pg_stat_wal');
    const of = (object: string) => events.find((event) => event['object'] === object);
    expect(of('pg_stat_database')).toMatchObject({ database: 'shop', urgent: false });
    expect(msOf(of('pg_stat_wal')?.['happened_at'])).toBe((row!['stats_reset'] as Date).getTime());
    expect(of('pg_stat_slru')).toMatchObject({ database: null, count: 8 });
    expect(troubles).toStrictEqual([]);
  });

  it('tells of a clean restart, and that the server was gone and is back', async () => {
    const { events, words, until, troubles } = await watched(server());
    await server().halt();
    await until('server_gone');
    await server().resume();
    await until('restart');
    expect(words()).toEqual(['server_gone', 'server_back', 'restart']);
    expect(events[0]).toMatchObject({
      urgent: true,
      after: expect.stringMatching(/refused|lost/) as string,
    });
    expect(events[1]!['seconds']).toBeGreaterThan(0);
    const [row] = await server().sql('SELECT pg_postmaster_start_time() AS at');
    expect(msOf(events[2]!['happened_at'])).toBe((row!['at'] as Date).getTime());
    expect(troubles).toStrictEqual([]);
  });

  it.each(['postgres', 'nobody'])(
    'tells of a crash of one process after which the postmaster went on, as %s',
    async (user) => {
      await server().sql(
        `DO $$ BEGIN CREATE ROLE nobody LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
      );
      const { events, words, until } = await watched(server(), user);
      const client = await server().connect();
      client.on('error', () => undefined);
      process.kill((client as unknown as { processID: number }).processID, 'SIGKILL');
      await until('crash_recovery');
      const crash = events.find(({ event }) => event === 'crash_recovery')!;
      expect(crash).toMatchObject({ urgent: true });
      const [row] = await server().sql(
        `SELECT backend_start AS at FROM pg_stat_activity WHERE backend_type = 'checkpointer'`,
      );
      const at = (row!['at'] as Date).getTime();
      expect(Math.abs(msOf(crash['happened_at']) - at)).toBeLessThan(1_000);
      expect(words().filter((word) => !word.startsWith('server_'))).toEqual(['crash_recovery']);
    },
  );

  it('tells a crash of the whole server from a restart', async () => {
    const { words, until } = await watched(server());
    process.kill(server().pid, 'SIGQUIT');
    await until('server_gone');
    await server().halt();
    await server().resume();
    await until('crash_recovery');
    expect(words().filter((word) => !word.startsWith('server_'))).toEqual([
      'restart',
      'crash_recovery',
    ]);
  });

  it('tells of a promotion', async () => {
    const standby = await startStandby(server());
    onTestFinished(() => standby.stop());
    const { words, until, troubles } = await watched(standby);
    await standby.sql('SELECT pg_promote()');
    await until('promotion');
    expect(words()).toEqual(['promotion']);
    expect(troubles).toStrictEqual([]);
  });
});
