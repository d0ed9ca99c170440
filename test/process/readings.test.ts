import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MockBackend, startBackend } from '../../dev/backend/startBackend.ts';
import { losslessJson } from '../../dev/backend/losslessJson.ts';
import { schemaCheck } from '../../dev/backend/schemaCheck.ts';
import { registry } from '../../src/sources/registry.ts';
import { runAgent, startAgent } from '../support/agentProcess.ts';
import { install } from '../support/installation.ts';
import { withPostgres } from '../support/postgres.ts';

interface Body {
  readonly collector_id: string;
  readonly hostname: string;
  readonly timestamp: string;
  readonly metrics_count: number;
  readonly metrics: readonly { readonly type: string; readonly timestamp: string }[];
}

const server = withPostgres();
const schemas = registry.flatMap(({ metrics }) => metrics);
const clockTypes = ['pg_health', 'pg_stats', 'pg_global', 'pg_query_stats'].concat(
  'sysstat',
  'disk_usage',
  'host_inventory',
  'agent',
);

let backend: MockBackend;
beforeAll(async () => {
  await server().sql('CREATE EXTENSION pg_stat_statements');
  backend = await startBackend({ schemas });
});
afterAll(() => backend.stop());

const linesOf = (text: string): unknown[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);

describe('--once', () => {
  it('reads every type, delivers it, and ends with 0', async () => {
    const { config } = await install({ backend, postgres: server() });
    const { code, stdout, stderr } = await runAgent('--once', '--config', config);
    expect(stderr).toMatch(/collected (\d+), recovered 0, delivered \1,/);
    expect(code).toBe(0);
    expect(stdout).toBe('');
    for (const type of clockTypes) expect([...backend.received.counts.keys()]).toContain(type);
    expect(backend.received.violations).toEqual([]);
  });

  it('ends with 1 where it cannot deliver what it read', async () => {
    const { config } = await install({ backend, postgres: server() });
    backend.faults.add('push', { kind: 'status', status: 503 }, { times: Infinity });
    const { code, stderr } = await runAgent('--once', '--config', config);
    backend.faults.clear();
    expect(code).toBe(1);
    expect(stderr).toContain('dropping');
    expect(stderr).toContain('shutdown');
  });

  it('prints exactly the bodies with --dry-run, one JSON line each, and asks no backend', async () => {
    const { config } = await install({ backend, postgres: server() });
    const before = backend.received.totals.requests;
    const { code, stdout } = await runAgent('--once', '--dry-run', '--config', config);
    expect(code).toBe(0);
    expect(stdout.endsWith('\n')).toBe(true);
    const bodies = stdout.trimEnd().split('\n').map(losslessJson) as unknown as Body[];
    const check = schemaCheck(schemas);
    for (const body of bodies) {
      expect(body.collector_id).not.toBe('');
      expect(body.timestamp).toMatch(/^\d{4}-.*Z$/);
      expect(body.metrics).toHaveLength(body.metrics_count);
      for (const metric of body.metrics) expect(check(metric)).toBeUndefined();
    }
    const types = new Set(bodies.flatMap(({ metrics }) => metrics.map(({ type }) => type)));
    for (const type of clockTypes) expect([...types]).toContain(type);
    expect(backend.received.totals.requests).toBe(before);
  });
});

describe('--tap', () => {
  const sections = '[pg_health]\ninterval = 1\n[sysstat]\ninterval = 1\n[agent]\ninterval = 1\n';

  it('shows what it reads and delivers nothing', async () => {
    const { config } = await install({ backend, postgres: server(), sections });
    const before = backend.received.totals.requests;
    const agent = startAgent({ args: ['--tap', '--config', config] });
    for (const type of ['pg_health', 'sysstat', 'agent']) await agent.shows(type);
    expect(await agent.stop()).toBe(0);
    expect(agent.stderr()).toContain('nothing is delivered');
    expect(backend.received.totals.requests).toBe(before);
  });

  it('shows the selected types as JSON lines and nothing else on stdout', async () => {
    const { config } = await install({ backend, postgres: server(), sections });
    const args = ['--tap', 'pg_*', '--format', 'ndjson', '--config', config];
    const agent = startAgent({ args });
    await agent.shows('pg_stats');
    await agent.shows(/pg_health[^]*pg_health/);
    expect(await agent.stop()).toBe(0);
    const shown = linesOf(agent.stdout());
    expect(shown.length).toBeGreaterThan(2);
    expect(JSON.stringify(shown)).not.toContain('"sysstat"');
  });
});

describe('check', () => {
  it('ends with 0 where all is well, one line per finding', async () => {
    const { config } = await install({ backend, postgres: server() });
    await runAgent('register', '--config', config);
    const { code, stdout } = await runAgent('check', '--config', config);
    expect(stdout).not.toContain('✘');
    expect(stdout).toContain('✔ configuration');
    expect(stdout).toContain('✔ backend');
    expect(code).toBe(0);
  });

  it('ends with 1 where a server refuses, and gives a remedy', async () => {
    const { config } = await install({ backend, postgres: { host: '127.0.0.1', port: 1 } });
    const { code, stdout } = await runAgent('check', '--config', config);
    expect(code).toBe(1);
    expect(stdout).toContain('✘ postgres main');
    expect(stdout).toContain('register');
  });

  it('changes nothing: no registration, no push, no state', async () => {
    const before = backend.received.to('register').length;
    const { pushes } = backend.received.totals;
    const { config } = await install({ backend, postgres: server() });
    await runAgent('check', '--config', config);
    expect(backend.received.to('register')).toHaveLength(before);
    expect(backend.received.totals.pushes).toBe(pushes);
  });
});
