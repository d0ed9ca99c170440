import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MockBackend, startBackend } from '../../dev/backend/startBackend.ts';
import { registry } from '../../src/sources/registry.ts';
import { allOutput, argumentsOf, runAgent, startAgent } from '../support/agentProcess.ts';
import { type Installation, install } from '../support/installation.ts';
import { withPostgres } from '../support/postgres.ts';

/** Events need something to happen, PgBouncer needs to be there, and queries of one's own to be configured. */
const silent = new Set(['pg_event', 'pgbouncer', 'custom']);
const types = registry
  .flatMap(({ metrics }) => metrics.map(({ properties }) => String(properties['type']?.const)))
  .filter((type) => !silent.has(type));
const postgres = withPostgres({
  settings: { logging_collector: 'on', log_destination: 'jsonlog', track_io_timing: 'on' },
});
const everySecond = (type: string): string => `[${type}]\ninterval = 1\n`;
const clocks = ['pg_health', 'pg_stats', 'pg_global', 'pg_query_stats', 'sysstat', 'disk_usage'];
const log = `${everySecond('pg_log')}start_at = "beginning"\nmin_level = "DEBUG"\n`;
const frequent = `${clocks.map(everySecond).join('')}${log}${everySecond('agent')}`;

let backend: MockBackend;
let installed: Installation;
beforeAll(async () => {
  await postgres().sql(
    'CREATE EXTENSION pg_stat_statements; CREATE TABLE orders (id int); INSERT INTO orders VALUES (1)',
  );
  backend = await startBackend({ schemas: registry.flatMap(({ metrics }) => metrics) });
  installed = await install({
    backend,
    postgres: postgres(),
    server: 'password = "correct horse battery"',
    sections: frequent,
  });
});
afterAll(() => backend.stop());

const start = () => startAgent({ args: ['--config', installed.config] });
const identity = async (): Promise<string> =>
  readFile(join(installed.stateDir, 'identity.json'), 'utf8');

describe('the agent as a process', () => {
  it('registers at its first start, reads every type, and pushes what fits its schema', async () => {
    const agent = start();
    await agent.says('registered as collector');
    await backend.received.waitFor(
      ({ counts }) => types.every((type) => (counts.get(type) ?? 0) > 0),
      60_000,
    );
    const root = agent.stderr().match(/warn {2}agent: runs as root, which it does not need/g) ?? [];
    expect(root).toHaveLength(process.getuid?.() === 0 ? 1 : 0);
    expect(await argumentsOf(agent.pid)).not.toMatch(/battery|Bearer|ey[JK]/);
    expect(await agent.stop()).toBe(0);
    expect(backend.received.violations).toEqual([]);
    expect(backend.received.to('register')).toHaveLength(1);
    expect(backend.received.duplicates()).toEqual([]);
    expect(agent.stdout()).toBe('');
    expect(agent.stderr()).toMatch(/books: collected (\d+), recovered 0, delivered \1, buffered 0/);
    expect(agent.stderr()).not.toMatch(/ERROR|error |unexpected/);
  });

  it('keeps its identity, readable by its owner alone, and uses it at the next start', async () => {
    const before = await identity();
    const file = await stat(join(installed.stateDir, 'identity.json'));
    expect(file.mode & 0o777).toBe(0o600);
    const { pushes } = backend.received.totals;
    const agent = start();
    await backend.received.waitFor(({ totals }) => totals.pushes > pushes);
    expect(await agent.stop()).toBe(0);
    expect(backend.received.to('register')).toHaveLength(1);
    const idOf = (text: string): unknown =>
      (JSON.parse(text) as { collectorId: unknown }).collectorId;
    expect(idOf(await identity())).toBe(idOf(before));
  });

  it('swaps an interval that is pulled while it runs', async () => {
    const agent = start();
    await agent.says('configuration from start took effect');
    const count = (): number => backend.received.counts.get('sysstat') ?? 0;
    await backend.received.waitFor(() => count() > 0);
    backend.setConfig('*', '[sysstat]\nenabled = false\n');
    await agent.says(/configuration version \d+ from pull took effect.*sysstat\.enabled/);
    const seen = backend.received.totals.pushes;
    await backend.received.waitFor(({ totals }) => totals.pushes > seen + 1);
    const off = count();
    const later = backend.received.totals.pushes;
    await backend.received.waitFor(({ totals }) => totals.pushes > later + 1);
    expect(count()).toBe(off);
    backend.setConfig('*', '[sysstat]\nenabled = true\n');
    await backend.received.waitFor(() => count() > off);
    backend.setConfig('*', null);
    expect(await agent.stop()).toBe(0);
  });

  it('takes an edited file and SIGHUP, and refuses a broken edit with its place', async () => {
    const agent = start();
    await agent.says('took effect');
    await installed.rewrite(frequent.replace('[agent]\ninterval = 1', '[agent]\ninterval = 7'));
    await agent.says(
      /configuration (version \d+ )?from (file|signal) took effect: .*agent\.interval: 1 → 7/,
    );
    await installed.rewrite('[sysstat]\nintervall = 5\n');
    await agent.says(/collector\.toml:\d+:\d+: .*intervall/);
    expect(agent.stderr()).toContain('did you mean');
    expect(agent.stderr()).toContain('what was in force stays');
    const { pushes } = backend.received.totals;
    await backend.received.waitFor(({ totals }) => totals.pushes > pushes + 1);
    await installed.rewrite(frequent);
    agent.signal('SIGHUP');
    await agent.says(/agent\.interval: 7 → 1/);
    expect(await agent.stop()).toBe(0);
  });

  it('renews a token that is refused in mid-run, and loses nothing', async () => {
    const agent = start();
    const { pushes } = backend.received.totals;
    await backend.received.waitFor(({ totals }) => totals.pushes > pushes);
    const { token } = JSON.parse(await identity()) as { token: string };
    const refreshes = backend.received.to('refresh').length;
    backend.faults.add('push', {
      kind: 'status',
      status: 401,
      body: { code: 401, message: 'Token has expired' },
    });
    await backend.received.waitFor(
      ({ totals }) => backend.faults.left === 0 && totals.pushes > pushes + 2,
    );
    expect(backend.received.to('refresh').length).toBe(refreshes + 1);
    expect(allOutput()).not.toContain(token);
    expect(await agent.stop()).toBe(0);
    expect(agent.stderr()).toMatch(/collected (\d+), recovered 0, delivered \1,/);
  });

  it('registers anew when its token expired for good, at most once', async () => {
    const registered = backend.received.to('register').length;
    backend.tokens.expireAll();
    // It registered just now, and that counts over restarts: an hour passes.
    const early = start();
    await early.says(/registered less than an hour ago/, 60_000);
    // A second signal: there is nobody to drain to.
    early.signal('SIGTERM');
    early.signal('SIGINT');
    expect([0, 130, 143]).toContain(await early.ended);
    const stored = JSON.parse(await identity()) as { registeredAt: number };
    const anHourAgo = { ...stored, registeredAt: stored.registeredAt - 3_600_000 };
    await writeFile(join(installed.stateDir, 'identity.json'), JSON.stringify(anHourAgo));
    const agent = start();
    await backend.received.waitFor((received) => received.to('register').length > registered);
    const { pushes } = backend.received.totals;
    await backend.received.waitFor(({ totals }) => totals.pushes > pushes + 1);
    expect(backend.received.to('register')).toHaveLength(registered + 1);
    expect(await agent.stop()).toBe(0);
  });

  it('refreshes a short token again and again ahead of its end, without a refused push', async () => {
    const own = await startBackend({ tokenLifetimeS: 6 });
    const here = await install({ backend: own, sections: '[agent]\ninterval = 1\n' });
    const agent = startAgent({ args: ['--config', here.config] });
    await own.received.waitFor((received) => received.to('refresh').length >= 2, 60_000);
    expect(own.received.to('push').filter(({ status }) => status !== 200)).toEqual([]);
    expect(await agent.stop()).toBe(0);
    await own.stop();
  });

  it('ends quietly with its reader where it shows what flows', async () => {
    const agent = startAgent({ args: ['run', '--tap', '--config', installed.config] });
    await agent.shows('pg_health');
    agent.closeStdout();
    expect(await agent.ended).toBe(0);
    expect(agent.stderr()).not.toContain('EPIPE');
  });

  it('SIGUSR1 opens no port, and NODE_TLS_REJECT_UNAUTHORIZED=0 is not obeyed', async () => {
    const strange = await startBackend();
    const folder = await install({ backend: strange, tls: '', sections: frequent });
    const agent = startAgent({
      args: ['--config', folder.config],
      env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' },
    });
    await agent.says(/tokens: .*certificate/i);
    agent.signal('SIGUSR1');
    expect(strange.received.requests).toEqual([]);
    await agent.says('NODE_TLS_REJECT_UNAUTHORIZED');
    expect(agent.stderr()).not.toContain('Debugger');
    await strange.stop();
  });

  it('leaves no connection and no error in the server’s log, and no secret anywhere', async () => {
    const rows = await postgres().sql(
      "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'pganalytics%'",
    );
    expect(rows).toEqual([{ count: '0' }]);
    const { stdout } = await runAgent('--config', installed.config, '--once', '--dry-run');
    const own = stdout
      .split('\n')
      .filter(Boolean)
      .flatMap((body) => (JSON.parse(body) as { metrics: Record<string, unknown>[] }).metrics);
    expect(own.length).toBeGreaterThan(5);
    const { token, privateKey } = JSON.parse(await identity()) as Record<string, string>;
    const secrets = [
      token,
      privateKey?.split('\n')[1],
      backend.registrationSecret,
      backend.sharedSecret,
      'correct horse battery',
    ];
    const pushed = JSON.stringify(backend.received.pushes, (_, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    );
    for (const secret of secrets) {
      expect(secret).toBeTruthy();
      expect(allOutput()).not.toContain(secret);
      expect(pushed).not.toContain(secret);
    }
    const faults = backend.received
      .metrics('pg_log')
      .flatMap(
        (metric) => metric['entries'] as unknown as { level: string; application_name?: string }[],
      )
      .filter(
        ({ level, application_name }) =>
          /ERROR|FATAL|PANIC/.test(level) && /pganalytics/.test(application_name ?? ''),
      );
    expect(faults).toEqual([]);
  });
});
