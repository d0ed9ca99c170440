import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { configFormat } from '../../src/io/config/configFormat.ts';
import { registry, sectionsOf } from '../../src/sources/registry.ts';
import { configRules } from '../../src/streams/config/localConfig.ts';
import { newFolder, runAgent } from '../support/agentProcess.ts';
import { localOf } from '../support/configuration.ts';
import { withPostgres } from '../support/postgres.ts';

const dev = withPostgres();
const rules = configRules({
  sections: sectionsOf(registry),
  format: configFormat,
  environment: {},
  needs: { backend: false },
});
const written = async (name: string, text: string): Promise<string> => {
  const path = join(await newFolder(), name);
  await writeFile(path, text, { mode: 0o600 });
  return path;
};

/** The example of docs/custom-sql.md. */
async function documented(): Promise<string> {
  const text = await readFile(new URL('../../docs/custom-sql.md', import.meta.url), 'utf8');
  return /```toml\n([^]*?)```/.exec(text)?.[1] ?? '';
}

beforeAll(() => dev().sql('CREATE ROLE monitor LOGIN; GRANT pg_monitor TO monitor'));

describe('--dry-run', () => {
  it('shows what a custom query gives and costs, and what is wrong with another', async () => {
    const { host, port } = dev();
    const config = await written(
      'collector.toml',
      `[[postgres]]\nhost = "${host}"\nport = ${port}\nuser = "monitor"
${await documented()}
[custom.wrong]\nsql = "SELECT nothing"
[custom.old]\nsql = "SELECT 1"\nmax_version = 9\n`,
    );
    const { code, stdout, stderr } = await runAgent('--dry-run', '--config', config);
    expect(code).toBe(0);
    expect(stdout).toContain('"type":"custom"');
    expect(stdout).toContain('"name":"sessions","columns":[{"name":"state","kind":"label"}');
    expect(stderr).toMatch(
      /main\/custom\/sessions.*in "postgres": planned cost [\d.]+ for \d+ rows; took [\d.]+ ms for \d+ rows/,
    );
    expect(stderr).toMatch(/main\/custom\/wrong.*column "nothing" does not exist \(42703, line 1/);
    expect(stderr).toMatch(/main\/custom\/old.*newer than max_version 9/);
  });
});

describe('import', () => {
  it('prints queries.yaml of postgres_exporter as tables, and says what does not map', async () => {
    const file = await written(
      'queries.yaml',
      `pg_orders:
  query: |
    SELECT status, count(*) AS total, 'it''s' AS q, '\${HOME}' AS h
    FROM shop.orders GROUP BY status
  master: true
  cache_seconds: 30
  runonserver: ">=14.0.0"
  metrics:
    - status: { usage: "LABEL", description: "its state" }
    - total: { usage: "COUNTER" }
    - q: { usage: "DISCARD" }
    - h: { usage: "HISTOGRAM" }
nothing: {}
`,
    );
    const { code, stdout, stderr } = await runAgent('import', file);
    expect(code).toBe(0);
    const { config } = await localOf(stdout, rules);
    expect(config.sections['custom']).toMatchObject({
      pg_orders: {
        sql: "SELECT status, count(*) AS total, 'it''s' AS q, '${HOME}' AS h\nFROM shop.orders GROUP BY status",
        columns: {
          ...{ status: 'label', total: 'counter', q: 'ignore', h: 'ignore' },
          ...{ h_bucket: 'ignore', h_sum: 'counter', h_count: 'counter' },
        },
        scope: 'server',
        interval: 30,
      },
    });
    for (const said of [
      'usage HISTOGRAM sum and count are read',
      'runonserver',
      'nothing: left out',
    ]) {
      expect(stderr).toContain(said);
    }
  });

  it('prints metric definitions of pgwatch by version, and runs no init_sql', async () => {
    const file = await written(
      'metrics.yaml',
      `metrics:
  wal:
    init_sql: CREATE EXTENSION evil
    node_status: primary
    is_instance_level: true
    gauges: ["*"]
    sqls:
      11: select 1 as epoch_ns, 'a' as tag_name, 2 as n
      14: select 3 as n
`,
    );
    const { stdout, stderr } = await runAgent('import', file);
    const { config } = await localOf(stdout, rules);
    expect(config.sections['custom']).toMatchObject({
      wal_v11: {
        metric: 'wal',
        min_version: 11,
        max_version: 13,
        runs_on: 'primary',
        columns: { 'tag_*': 'label', 'epoch_ns*': 'ignore' },
      },
      wal_v14: { metric: 'wal', min_version: 14, scope: 'server' },
    });
    expect(stderr).toContain('init_sql is never run');
    expect(stdout).not.toContain('evil');
  });

  it('fails where there is nothing to import', async () => {
    const { code, stderr } = await runAgent('import', await written('x.yaml', '- a\n'));
    expect(code).toBe(1);
    expect(stderr).toContain('holds no queries');
  });
});
