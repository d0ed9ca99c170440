import { chmod, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configFormat } from '../../../src/io/config/configFormat.ts';
import { sqlFile } from '../../../src/io/config/sqlFile.ts';
import type { Custom, CustomQuery } from '../../../src/schema/config/custom.ts';
import { describeDifference, differences } from '../../../src/schema/config/differences.ts';
import { reuse } from '../../../src/schema/config/reuse.ts';
import { isSecret } from '../../../src/schema/config/secretPaths.ts';
import { registry, sectionsOf } from '../../../src/sources/registry.ts';
import { configRules, localConfig } from '../../../src/streams/config/localConfig.ts';
import { overlaidConfig } from '../../../src/streams/config/overlaidConfig.ts';
import { localOf, problemsOf, textOf } from '../../support/configuration.ts';

const rules = configRules({
  sections: sectionsOf(registry),
  format: configFormat,
  environment: {},
  needs: { backend: false },
  sqlFile,
});
const one = '[custom.orders]\nsql = "SELECT 1"\ninterval = 120\n';
const local = (text: string) => localOf(text, rules);
const refused = async (text: string): Promise<string> =>
  (await problemsOf(localConfig(textOf(text), rules))).join('\n');
const sectionOf = async (text: string): Promise<Custom> =>
  (await local(text)).config.sections['custom'] as unknown as Custom;

describe('[custom.<name>]', () => {
  it('takes its defaults, under any name', async () => {
    expect(await sectionOf(one)).toEqual({
      enabled: true,
      allow_superuser: false,
      orders: {
        enabled: true,
        interval: 120,
        sql: 'SELECT 1',
        columns: {},
        scope: 'server',
        databases: ['*'],
        servers: ['*'],
        search_path: [],
        runs_on: 'any',
        timeout: 5,
        max_rows: 1000,
      } satisfies CustomQuery,
    });
    expect(await sectionOf('')).toEqual({ enabled: true, allow_superuser: false });
  });

  it.each([
    ['[custom.a]\nsqll = "SELECT 1"', 'unknown key "sqll" in [custom.a]; did you mean "sql"?'],
    ['[custom.a]', '[custom.a] needs sql or sql_file'],
    ['[custom.a]\nsql = "x"\ntimeout = 61', 'expected a number from 0.1 to 60 (s)'],
    ['[custom.a]\nsql = "x"\ncolumns = { n = "guage" }', 'did you mean "gauge"?'],
    ['[custom.a]\nsql = "x"\nmin_version = 17\nmax_version = 14', 'max_version is older'],
    ['[custom."a b"]\nsql = "x"', 'the name of a query has'],
    ['[custom.a]\nsql_file = "orders.sql"', 'expected an absolute path'],
    ['[custom.a]\nsql = "x"\nsql_file = "/orders.sql"', 'set either sql or sql_file'],
    ['[custom.a]\nsql_file = "/nowhere/orders.sql"', '/nowhere/orders.sql does not exist'],
    ['[custom]\na = 3', 'expected a table'],
  ])('refuses %j', async (text, what) => {
    expect(await refused(text)).toContain(what);
  });

  it('never shows the SQL of a line', async () => {
    const text = '[custom.a]\nsql = "SELECT hunter2"\ntimeout = 0\n';
    expect(await refused(text)).not.toContain('hunter2');
    expect(await refused('[custom.a]\nsql = ["SELECT hunter2"]')).not.toContain('hunter2');
  });

  it('keeps the identity of a query that did not change, and names what did', async () => {
    const before = (await local(one)).config;
    const after = (await local(`${one}[custom.more]\nsql = "SELECT 2"\n`)).config;
    const shared = reuse(before, after).sections['custom'] as unknown as Custom;
    expect(shared['orders']).toBe((before.sections['custom'] as unknown as Custom)['orders']);
    const { schema } = rules.compiled;
    const said = (text: string) =>
      local(text).then(({ config }) =>
        differences(before, config, schema).map((each) =>
          describeDifference(each, isSecret(each.path, schema, new Set())),
        ),
      );
    expect(await said(`${one}[custom.more]\nsql = "SELECT 2"\n`)).toEqual(['custom.more: added']);
    expect(await said('')).toEqual(['custom.orders: removed']);
    expect(await said(one.replace('SELECT 1', 'SELECT 2').replace('120', '60'))).toEqual([
      'custom.orders.interval: 120 → 60',
      'custom.orders.sql: changed (not shown)',
    ]);
  });
});

describe('a pulled configuration and custom SQL', () => {
  const lay = async (text: string) => overlaidConfig(await local(one), { text, version: 7 }, rules);
  const laid = async (text: string): Promise<Custom> =>
    (await lastValueFrom(await lay(text))).config.sections['custom'] as unknown as Custom;
  const kept = async (text: string): Promise<string> =>
    (await problemsOf(await lay(text))).join('\n');

  it('switches a query off, or slows it down', async () => {
    expect(await laid('[custom.orders]\nenabled = false\ninterval = 600')).toMatchObject({
      orders: { enabled: false, interval: 600, sql: 'SELECT 1' },
    });
    expect(await laid('[custom]\nenabled = false')).toMatchObject({ enabled: false });
  });

  it.each([
    ['[custom.orders]\ninterval = 119', 'expected a number from 120 to 86400'],
    ['[custom.orders]\nsql = "SELECT 2"', 'not open to a pulled configuration'],
    ['[custom.orders]\nsql = "SELECT 1"', 'not open to a pulled configuration'],
    ['[custom.orders]\nsql_file = "/etc/passwd"', 'not open to a pulled configuration'],
    ['[custom.orders]\nmax_rows = 10', 'not open to a pulled configuration'],
    ['[custom.orders.columns]\na = "label"', 'not open to a pulled configuration'],
    ['[custom.mine]\nsql = "SELECT 1"', 'not in the local file'],
    ['[custom.mine]\nenabled = true', 'not in the local file'],
    ['[custom]\nallow_superuser = true', 'not open to a pulled configuration'],
  ])('cannot do more: %j', async (text, what) => {
    expect(await kept(text)).toContain(what);
  });

  it('does not speed a query up by the interval of all', async () => {
    expect(await laid('[collector]\ninterval = 5')).toMatchObject({ orders: { interval: 120 } });
  });

  it('does not turn on what the local file turned off', async () => {
    const off = await local(`${one}enabled = false\n`);
    const { config, overruled } = await lastValueFrom(
      overlaidConfig(off, { text: '[custom.orders]\nenabled = true', version: 7 }, rules),
    );
    expect(config.sections['custom']).toMatchObject({ orders: { enabled: false } });
    expect(overruled).toHaveLength(1);
  });
});

describe('sql_file', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pganalytics-sql-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const write = async (text: string, mode: number): Promise<string> => {
    const path = join(folder, 'orders.sql');
    await writeFile(path, text);
    await chmod(path, mode);
    return path;
  };

  it('stands in the place of sql, as it is', async () => {
    const path = await write('SELECT \'${HOME}\', "é"\n', 0o644);
    expect(await sectionOf(`[custom.orders]\nsql_file = "${path}"`)).toMatchObject({
      orders: { sql: 'SELECT \'${HOME}\', "é"\n' },
    });
  });

  it('is refused where others can write to it, where it is no file, and where it is no text', async () => {
    const of = (path: string) => refused(`[custom.orders]\nsql_file = "${path}"`);
    const path = await write('SELECT 1', 0o666);
    expect(await of(path)).toContain(`chmod go-w ${path}`);
    expect(await of(folder)).toContain('is not a regular file');
    await symlink('/nowhere', join(folder, 'link.sql'));
    expect(await of(join(folder, 'link.sql'))).toContain('does not exist');
    await writeFile(path, Buffer.from([0xff, 0xfe]), { mode: 0o600 });
    await chmod(path, 0o600);
    expect(await of(path)).toContain('cannot read');
  });
});
