import { type Server, createServer } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { observe, watcherRole } from '../support/observed.ts';
import { withPostgres } from '../support/postgres.ts';

const dev = withPostgres();
let silent: Server;
const port = (): number => (silent.address() as { port: number }).port;
beforeAll(async () => {
  await dev().sql(watcherRole);
  // Takes connections, as a hung server does, and says nothing.
  silent = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
  await once(silent, 'listening');
});
afterAll(() => silent.close());

describe('several servers', { timeout: 240_000 }, () => {
  it('stand behind bulkheads: one that hangs delays no other', async () => {
    const agent = observe(dev(), [{ name: 'main' }, { name: 'hung', port: port() }]);
    await agent.until(() => {
      expect(agent.metrics('pg_health', 'hung').at(-1)).toMatchObject({ up: 0 });
      expect(agent.metrics('pg_stats').length).toBeGreaterThan(1);
    });
    const since = performance.now();
    await agent.until(() => expect(performance.now() - since).toBeGreaterThan(5_000));
    // Who waited for the one that hangs would be as long without a metric as that was looked at.
    for (const source of ['pg_health', 'pg_global', 'pg_stats']) {
      expect(agent.longestGap(source, since), source).toBeLessThan(4_000);
    }
    expect(agent.metrics('pg_health').every(({ up }) => up === 1)).toBe(true);
  });

  it('come and go while the others are read', async () => {
    const agent = observe(dev(), [{ name: 'main' }]);
    await agent.until(() => expect(agent.metrics('pg_health').length).toBeGreaterThan(1));
    const since = performance.now();
    agent.configure([{ name: 'main' }, { name: 'second' }]);
    await agent.until(() => expect(agent.metrics('pg_stats', 'second').length).toBeGreaterThan(1));
    agent.configure([{ name: 'second' }]);
    await agent.until(() => {
      const last = agent.metrics('pg_health').at(-1)?.timestamp ?? '';
      expect(
        agent.metrics('pg_health', 'second').filter(({ timestamp }) => timestamp > last).length,
      ).toBeGreaterThan(2);
    });
    expect(agent.longestGap('pg_health', since, 'second')).toBeLessThan(5_000);
  });
});

describe('databases of a server', { timeout: 240_000 }, () => {
  it('are found while it is read, unless a pattern excludes them, and are forgotten without a word', async () => {
    await dev().sql('CREATE DATABASE tmp_before');
    const agent = observe(dev(), [{ exclude_databases: ['tmp_*'] }]);
    const named = () => new Set(agent.metrics('pg_stats').map(({ database }) => database));
    await agent.until(() => expect(named()).toEqual(new Set(['postgres'])));
    await dev().sql('CREATE DATABASE shop');
    await dev().sql('CREATE DATABASE tmp_later');
    await agent.until(() => {
      const read = agent.metrics('pg_stats').filter(({ database }) => database === 'shop');
      expect(read.some((metric) => 'tables' in metric)).toBe(true);
    });
    await dev().sql('DROP DATABASE shop');
    const before = agent.metrics('pg_stats').length;
    await agent.until(() => {
      const later = agent
        .metrics('pg_stats')
        .slice(before)
        .map(({ database }) => database);
      expect(later.slice(2).length).toBeGreaterThan(1);
      expect(later.slice(2)).not.toContain('shop');
    });
    expect(named()).toEqual(new Set(['postgres', 'shop']));
    // A slow machine has its own.
    const ofTime = /no time was left|have not ended yet|timeout/;
    const said = agent.troubles().filter((text) => text.includes('shop') && !ofTime.test(text));
    expect(said).toEqual([]);
  });
});
