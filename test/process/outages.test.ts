import { afterEach, describe, expect, it } from 'vitest';
import {
  type BackendOptions,
  type MockBackend,
  startBackend,
} from '../../dev/backend/startBackend.ts';
import { startAgent } from '../support/agentProcess.ts';
import { type InstallationOptions, install } from '../support/installation.ts';
import { withPostgres } from '../support/postgres.ts';

const often = '[agent]\ninterval = 1\n[sysstat]\ninterval = 1\n[pg_health]\ninterval = 1\n';
const everything = /collected (\d+), recovered 0, delivered \1,/;

let backend: MockBackend | undefined;
afterEach(async () => {
  await backend?.stop();
  backend = undefined;
});

async function run(
  options: Omit<InstallationOptions, 'backend'> = {},
  behind: BackendOptions = {},
) {
  backend ??= await startBackend(behind);
  const installed = await install({ backend, sections: often, ...options });
  const agent = startAgent({ args: ['--config', installed.config] });
  return { backend, agent, installed };
}

describe('a backend that is away', () => {
  it('is waited for at the start and later; all is delivered in order, nothing twice', async () => {
    backend = await startBackend();
    await backend.down();
    const { agent, backend: late } = await run();
    await agent.says('tokens: ');
    await late.up();
    await late.received.waitFor(({ totals }) => totals.pushes > 2, 60_000);
    await late.down();
    await agent.says(/sink: .*push/);
    await late.up();
    const { pushes } = late.received.totals;
    await late.received.waitFor(({ totals }) => totals.pushes > pushes + 3, 60_000);
    expect(await agent.stop()).toBe(0);
    expect(agent.stderr()).toMatch(everything);
    expect(late.received.duplicates()).toEqual([]);
    const moments = late.received.metrics('sysstat').map(({ timestamp }) => timestamp);
    expect(moments).toEqual([...moments].sort());
    expect(agent.stderr()).toContain('works again after');
  });

  it('loses an answer, resets, stalls, errs: all arrives once', async () => {
    const { agent, backend: bad } = await run();
    await bad.received.waitFor(({ totals }) => totals.pushes > 0);
    bad.faults
      .add('push', { kind: 'lost' })
      .add('push', { kind: 'status', status: 500, body: '' })
      .add('push', { kind: 'reset' })
      .add('push', { kind: 'html' })
      .add('push', { kind: 'hang' })
      .add('push', { kind: 'redirect', location: 'https://elsewhere.test/' })
      .add('push', { kind: 'cut' });
    const { pushes } = bad.received.totals;
    await bad.received.waitFor(
      ({ totals }) => bad.faults.left === 0 && totals.pushes > pushes + 2,
      60_000,
    );
    expect(await agent.stop()).toBe(0);
    expect(agent.stderr()).toMatch(everything);
    expect(bad.received.duplicates()).toEqual([]);
  });
});

describe('signals', () => {
  it('SIGTERM drains what is left and ends with 0', async () => {
    const { agent, backend: good } = await run({ collector: '' });
    await good.received.waitFor(({ totals }) => totals.pushes > 1);
    const startedAt = Date.now();
    expect(await agent.stop()).toBe(0);
    expect(Date.now() - startedAt).toBeLessThan(10_000);
    expect(agent.stderr()).toMatch(everything);
  });

  it('SIGTERM ends with 0 within its budget where the backend hangs, and keeps what is left', async () => {
    const { agent, backend: stuck } = await run();
    await stuck.received.waitFor(({ totals }) => totals.pushes > 0);
    stuck.faults.add('push', { kind: 'hang' }, { times: Infinity });
    await stuck.received.waitFor((received) => received.requests.at(-1)?.fault === 'hang');
    const startedAt = Date.now();
    expect(await agent.stop()).toBe(0);
    expect(Date.now() - startedAt).toBeLessThan(17_000);
    expect(agent.stderr()).toMatch(/buffered 0, spooled [1-9]\d*, set aside 0, dropped 0/);
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('a second %s aborts with %i', async (signal, code) => {
    const { agent, backend: stuck } = await run();
    await stuck.received.waitFor(({ totals }) => totals.pushes > 0);
    stuck.faults.add('push', { kind: 'hang' }, { times: Infinity });
    await stuck.received.waitFor((received) => received.requests.at(-1)?.fault === 'hang');
    agent.signal(signal);
    const startedAt = Date.now();
    setTimeout(() => agent.signal(signal), 300);
    expect(await agent.ended).toBe(code);
    // Draining would take 10 s.
    expect(Date.now() - startedAt).toBeLessThan(8_000);
  });
});

describe('the backend in the field', () => {
  it('gets identity bodies over plain HTTP; its refusal of the pull is said once and harms nothing', async () => {
    const { agent, backend: field } = await run(
      { toBackend: 'allow_plain_http = true' },
      { profile: 'deployed', tls: false },
    );
    await field.received.waitFor(({ totals }) => totals.pushes > 3, 60_000);
    expect(await agent.stop()).toBe(0);
    const pushes = field.received.to('push').filter(({ status }) => status === 200);
    expect(pushes.every(({ headers }) => headers['content-encoding'] === undefined)).toBe(true);
    expect(field.received.to('push').filter(({ status }) => status === 400)).toHaveLength(1);
    expect(field.received.to('config')).toHaveLength(1);
    expect(field.received.to('refresh')).toHaveLength(0);
    const said = agent.stderr().match(/does not serve configuration/g);
    expect(said).toHaveLength(1);
    expect(agent.stderr()).toContain('cannot read gzip');
    expect(agent.stderr()).toMatch(everything);
  });

  it('is refused over plain HTTP without the explicit permission', async () => {
    const { agent } = await run({}, { profile: 'deployed', tls: false });
    expect(await agent.ended).toBe(78);
    expect(agent.stderr()).toContain('allow_plain_http');
  });
});

describe('a PostgreSQL server', () => {
  const server = withPostgres({
    hba: 'host all secretive 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust',
  });
  const health = (text: Partial<Record<string, unknown>>) => (each: object) =>
    Object.entries(text).every(([key, value]) => (each as Record<string, unknown>)[key] === value);
  const until = (behind: MockBackend, set: Record<string, unknown>, timeoutMs = 60_000) =>
    behind.received.waitFor(
      (received) => received.metrics('pg_health').some(health(set)),
      timeoutMs,
    );

  it('that is away is told as up = 0 with its reason, and is read as soon as it comes', async () => {
    await server().halt();
    const { agent, backend: told } = await run({ postgres: server() });
    await until(told, { up: 0, reason: 'refused' });
    expect(told.received.counts.get('pg_global')).toBeUndefined();
    await server().resume();
    await until(told, { up: 1 });
    await agent.says(/main: works again/);
    expect(await agent.stop()).toBe(0);
    expect(agent.stderr()).toMatch(/refused|ECONNREFUSED/);
  });

  it('that goes away in mid-run is told, and read again when it is back', async () => {
    const { agent, backend: told } = await run({ postgres: server() });
    await until(told, { up: 1 });
    await server().halt();
    await until(told, { up: 0 });
    const down = told.received.metrics('pg_health').length;
    await server().resume();
    await told.received.waitFor(
      (received) =>
        received
          .metrics('pg_health')
          .slice(down)
          .some(health({ up: 1 })),
      60_000,
    );
    expect(await agent.stop()).toBe(0);
    expect(agent.stderr()).toMatch(everything);
  });

  it('that refuses the password is told as auth, without the password', async () => {
    await server().sql("CREATE ROLE secretive LOGIN PASSWORD 'right' IN ROLE pg_monitor");
    const { agent, backend: told } = await run({
      postgres: server(),
      user: 'secretive',
      server: 'password = "wrong-and-secret"',
    });
    await until(told, { up: 0, reason: 'auth' });
    await agent.says(/main: .*password/);
    expect(await agent.stop()).toBe(0);
    expect(agent.stderr()).not.toContain('wrong-and-secret');
    expect(JSON.stringify(told.received.metrics('pg_health'))).not.toContain('wrong-and-secret');
  });

  it('without the extension, and a role without rights: said once, the rest is sent', async () => {
    await server().sql('CREATE ROLE plain LOGIN');
    const { agent, backend: told } = await run({
      postgres: server(),
      user: 'plain',
      sections: `${often}[pg_query_stats]\ninterval = 1\n[pg_log]\ndirectory = "/nonexistent/log"\n`,
    });
    await told.received.waitFor(
      ({ counts }) => ['pg_global', 'pg_stats'].every((type) => counts.get(type)),
      60_000,
    );
    await agent.says('pg_stat_statements');
    await agent.says('/nonexistent/log');
    const { pushes } = told.received.totals;
    await told.received.waitFor(({ totals }) => totals.pushes > pushes + 3);
    expect(await agent.stop()).toBe(0);
    const lines = agent.stderr().split('\n');
    for (const about of ['main/pg_query_stats', 'main/pg_log']) {
      expect(lines.filter((line) => line.includes(`warn  ${about}`))).toHaveLength(1);
    }
    expect(agent.stderr()).toMatch(everything);
  });
});
