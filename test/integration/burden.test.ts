import { execFileSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { observe, watcherRole } from '../support/observed.ts';
import { withPostgres } from '../support/postgres.ts';

/*
 * The agent is never the outage: every source on a real server that hangs, is locked, is full. `PGANALYTICS_BURDEN_S=60`
 * holds each state for a minute.
 */

const seconds = Number(process.env['PGANALYTICS_BURDEN_S'] ?? 4);
const pause = (s: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, s * 1000);
  });
const options = { timeout: 240_000 + seconds * 3_000 };
/** Sources read every two seconds at most; a machine with much to do is later, who waits for a lock much later. */
const PROMPT_MS = 3_500;
/** Connections of the agent to one server. */
const CEILING = 3;

const dev = withPostgres();
beforeAll(async () => {
  await dev().sql(watcherRole);
  await dev()
    .sql(`CREATE TABLE held (id int PRIMARY KEY); CREATE TABLE waited_for (id int PRIMARY KEY);
    CREATE TABLE free (id int PRIMARY KEY); CREATE EXTENSION pg_stat_statements`);
});

/** Opens a transaction, does something in it, and ends it with the test. */
async function transaction(statement: string): Promise<{ end: () => Promise<void> }> {
  const client = await dev().connect();
  await client.query('BEGIN');
  await client.query(statement);
  return { end: () => client.end() };
}

describe('a lock', options, () => {
  it('that a waiting ALTER TABLE and a REINDEX INDEX take delays no source; what is left out is named', async () => {
    const reader = await transaction('SELECT * FROM waited_for');
    const reindex = await transaction('REINDEX INDEX held_pkey');
    const waiting = await dev().connect();
    const altered = waiting.query(`ALTER TABLE waited_for ADD COLUMN extra int`);
    try {
      const agent = observe(dev());
      await agent.until(() =>
        expect(agent.metrics('pg_stats').some((each) => 'tables' in each)).toBe(true),
      );
      const since = performance.now();
      await pause(seconds + 2);
      expect(agent.longestGap('pg_health', since)).toBeLessThan(PROMPT_MS);
      for (const source of ['pg_global', 'pg_stats', 'pg_query_stats']) {
        expect(agent.longestGap(source, since), source).toBeLessThan(PROMPT_MS);
      }
      const read = agent.metrics('pg_stats').find((each) => 'tables' in each);
      expect(read).toMatchObject({
        sizes_skipped: 3,
        sizes_skipped_names: ['public.held', 'public.held_pkey', 'public.waited_for'],
      });
      expect(agent.mostBackends()).toBeLessThanOrEqual(CEILING);
      expect(agent.mostBackends()).toBeGreaterThan(1);
    } finally {
      await reader.end();
      await reindex.end();
      await altered;
      await waiting.end();
    }
  });

  it('on pg_authid and pg_database delays no source that needs neither, and piles up no backend', async () => {
    const agent = observe(dev());
    await agent.until(() =>
      expect(agent.metrics('pg_stats').some((each) => 'tables' in each)).toBe(true),
    );
    const lock = await transaction('LOCK TABLE pg_authid, pg_database');
    const since = performance.now();
    await pause(seconds + 2);
    expect(agent.longestGap('pg_health', since)).toBeLessThan(PROMPT_MS);
    expect(agent.metrics('pg_health').at(-1)).toMatchObject({ up: 1 });
    expect(agent.mostBackends()).toBeLessThanOrEqual(CEILING);
    await lock.end();
    const before = agent.metrics('pg_stats').length;
    await agent.until(() => {
      expect(
        agent
          .metrics('pg_stats')
          .slice(before + 1)
          .some((each) => 'tables' in each),
      ).toBe(true);
    });
    expect(agent.mostBackends()).toBeLessThanOrEqual(CEILING);
  });
});

describe('a server', options, () => {
  it('that hangs is told as down and gets no further backend; it is read again by itself', async () => {
    const agent = observe(dev());
    await agent.until(() => expect(agent.metrics('pg_stats').length).toBeGreaterThan(2));
    const { pid } = dev();
    const children = execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)]).toString();
    const pids = [pid, ...children.split('\n').filter(Boolean).map(Number)];
    for (const each of pids) process.kill(each, 'SIGSTOP');
    try {
      await agent.until(() => expect(agent.metrics('pg_health').at(-1)).toMatchObject({ up: 0 }));
      await pause(seconds);
    } finally {
      for (const each of pids) process.kill(each, 'SIGCONT');
    }
    const before = agent.metrics('pg_stats').length;
    await agent.until(() => {
      expect(agent.metrics('pg_health').at(-1)).toMatchObject({ up: 1 });
      expect(agent.metrics('pg_stats').length).toBeGreaterThan(before + 1);
    });
    expect(agent.mostBackends()).toBeLessThanOrEqual(CEILING);
  });

  it('whose connections are all taken is told so, and read again by itself', async () => {
    const clients = [];
    for (let n = 0; n < 60; n++) {
      const client = await dev()
        .connect()
        .catch(() => undefined);
      if (client) clients.push(client);
    }
    const agent = observe(dev());
    await agent.until(() =>
      expect(agent.metrics('pg_health').at(-1)).toMatchObject({
        up: 0,
        reason: 'too_many_connections',
      }),
    );
    expect(agent.mostBackends()).toBeLessThanOrEqual(CEILING);
    await Promise.all(clients.map((client) => client.end()));
    await agent.until(() => expect(agent.metrics('pg_stats').length).toBeGreaterThan(1));
  });

  it('that is busy beyond its processors is not asked more: no statement runs twice at once', async () => {
    const agent = observe(dev());
    const busy = await Promise.all(Array.from({ length: 4 }, () => dev().connect()));
    const work = busy.map((client) =>
      client
        .query(`SELECT count(*) FROM generate_series(1, ${seconds} * 2000000)`)
        .catch(() => undefined),
    );
    const watch = await dev().connect();
    const until = performance.now() + seconds * 1_000;
    while (performance.now() < until) {
      const { rows } = await watch.query<{ query: string }>(
        `SELECT query FROM pg_stat_activity WHERE usename = 'watcher' AND state = 'active'`,
      );
      const texts = rows.map(({ query }) => query);
      expect(new Set(texts).size).toBe(texts.length);
    }
    for (const client of busy)
      await watch.query('SELECT pg_terminate_backend($1)', [
        (client as unknown as { processID: number }).processID,
      ]);
    await Promise.all(work);
    await watch.end();
    expect(agent.mostBackends()).toBeLessThanOrEqual(CEILING);
  });

  it('can drop and copy any database at any moment', async () => {
    await dev().sql('CREATE DATABASE model');
    const agent = observe(dev());
    await agent.until(() =>
      expect(agent.metrics('pg_stats').some((each) => each['database'] === 'model')).toBe(true),
    );
    const until = performance.now() + seconds * 1_000;
    let rounds = 0;
    for (; rounds < 2 || performance.now() < until; rounds++) {
      await dev().sql(`CREATE DATABASE copy_${rounds} TEMPLATE model`);
      await dev().sql(`DROP DATABASE copy_${rounds}`);
    }
    expect(rounds).toBeGreaterThan(1);
    await dev().sql('DROP DATABASE model');
    await agent.until(() => {
      const after = agent.metrics('pg_stats').slice(-2);
      expect(after.every((each) => each['database'] !== 'model')).toBe(true);
    });
  });
});
