import { lastValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type KeySchema, anyName, leaves } from '../../../src/schema/config/keySchema.ts';
import { equalData } from '../../../src/schema/config/plainData.ts';
import { type Path, dotted } from '../../../src/schema/config/problem.ts';
import { configSchema } from '../../../src/schema/config.ts';
import { asKey } from '../../../src/schema/config/keySchema.ts';
import { registry, sectionsOf } from '../../../src/sources/registry.ts';
import { configFormat } from '../../../src/io/config/configFormat.ts';
import { configRules } from '../../../src/streams/config/localConfig.ts';
import { type OverlaidConfig, overlaidConfig } from '../../../src/streams/config/overlaidConfig.ts';
import { localOf, problemsOf, rulesWith } from '../../support/configuration.ts';

const rules = rulesWith();
const localText = `
[postgres]
host = "db1"
password = "hunter2"
databases = ["app"]
[sysstat]
[pg_stats]
enabled = false
`;

const pulled = async (text: string, local = localText): Promise<OverlaidConfig> =>
  lastValueFrom(overlaidConfig(await localOf(local), { text, version: 7 }, rules));
const refused = async (text: string, local = localText): Promise<string> =>
  (await problemsOf(overlaidConfig(await localOf(local), { text, version: 7 }, rules))).join('\n');

/** A value of the right type that is not the default. */
function other(key: KeySchema): unknown {
  const { default: now } = key;
  if (key.enum) return key.enum.find((word) => word !== now);
  if (key.type === 'boolean') return now !== true;
  if (key.type === 'array') return ['other'];
  if (key.type === 'object') return { other: 'label' };
  if (key.type === 'string') return key.pattern ? 'https://evil.example.com' : '/other';
  return (key.minimum ?? 0) === now ? key.maximum : key.minimum;
}

/** A configuration with one key. */
function only([name = '', ...rest]: Path, value: unknown): unknown {
  if (typeof name === 'number') return [only(rest, value)];
  return { [name]: rest.length === 0 ? value : only(rest, value) };
}

describe('a pulled configuration', () => {
  it('sets intervals, filters and enabled of what the local file has', async () => {
    const { config } = await pulled(
      '[sysstat]\ninterval = 5\nenabled = false\n[postgres]\ndatabases = "*"\n[collector]\npush_interval = 10',
    );
    expect(config.sections['sysstat']).toEqual({ enabled: false, interval: 5 });
    expect(config.postgres[0]).toMatchObject({
      host: 'db1',
      password: 'hunter2',
      databases: ['*'],
    });
    expect(config.collector.push_interval).toBe(10);
  });

  it('may be JSON, and may hold everything as it is locally', async () => {
    const { config } = await pulled(
      '{"sysstat":{"interval":5},"postgres":[{"name":"main","host":"db1","port":5432}],"tls":{"verify":true}}',
    );
    expect(config.sections['sysstat']?.interval).toBe(5);
  });

  it('is refused with all its problems, each with its place', async () => {
    const said = await refused(
      '[sysstat]\nintervall = 5\n[pg_stats]\ninterval = 30\n[tls]\nverify = false\n[postgres]\nport = 1',
    );
    expect(said.split('\n').filter((line) => !line.startsWith('  '))).toEqual([
      'pulled configuration 7:2:1: unknown key "intervall" in [sysstat]; did you mean "interval"?',
      'pulled configuration 7:4:12: expected a number from 60 to 86400 (s) in a pulled configuration',
      'pulled configuration 7:6:1: not open to a pulled configuration',
      'pulled configuration 7:8:1: not open to a pulled configuration',
    ]);
  });

  it('keeps within remoteMaximum', async () => {
    expect(await refused('[pg_stats]\nmax_tables = 5000')).toContain('from 1 to 1000');
    await expect(pulled('[pg_stats]\nmax_tables = 1000')).resolves.toBeDefined();
  });

  it('raises an interval for all sections to the floor of each', async () => {
    const { config } = await pulled('[collector]\ninterval = 5');
    expect(config.sections['sysstat']?.interval).toBe(5);
    expect(config.sections['pg_stats']?.interval).toBe(60);
    expect(config.sections['pg_bloat']?.interval).toBe(300);
  });

  it('local `enabled = false` wins, and that is said', async () => {
    const { config, overruled } = await pulled('[pg_stats]\nenabled = true\ninterval = 120');
    expect(config.sections['pg_stats']).toMatchObject({ enabled: false, interval: 120 });
    expect(overruled).toEqual([
      'pulled pg_stats.enabled = true is not applied: the local file says false',
    ]);
  });

  it('does not turn on what the local file does not have', async () => {
    expect(await refused('[pg_bloat]\nenabled = true')).toContain(
      'only sections that the local file has',
    );
    const { config } = await pulled('[pg_bloat]\nenabled = true', '[pg_bloat]\n');
    expect(config.sections['pg_bloat']?.enabled).toBe(true);
  });

  it('cannot add a server', async () => {
    expect(await refused('[[postgres]]\nname = "evil"\nhost = "evil.example.com"')).toContain(
      'no server of this name in the local file',
    );
  });

  it('names its own server where a value does not fit', async () => {
    const local = '[[postgres]]\nname = "a"\n[[postgres]]\nname = "b"\n';
    const said = await refused('[[postgres]]\nname = "b"\ndatabases = [""]', local);
    expect(said).toContain('pulled configuration 7:3:14: expected a string');
  });

  it('cannot learn a secret by guessing it', async () => {
    expect(await refused('[postgres]\npassword = "hunter2"')).toContain('not open');
  });

  it('pulled `${HOME}` stays literal, or is refused where no text may stand', async () => {
    const { config } = await pulled('[postgres]\ndatabases = ["${HOME}"]');
    expect(config.postgres[0]?.databases).toEqual(['${HOME}']);
    const said = await refused('[sysstat]\ninterval = "${HOME}"');
    expect(said).toContain('expected a number');
    expect(process.env['HOME']).toBeTruthy();
    expect(said).not.toContain(process.env['HOME']);
  });

  it('is not believed where it is no configuration', async () => {
    expect(await refused('{"a":')).toContain('not valid JSON');
    expect(await refused('Not found')).toContain('pulled configuration 7:1:5: not valid TOML');
    expect(await refused('{"__proto__":{"enabled":true}}')).toContain(
      'unknown section or key "__proto__"',
    );
  });

  const all = sectionsOf(registry);
  const everything = configRules({
    sections: all,
    format: configFormat,
    environment: {},
    needs: { backend: false },
  });
  const closed = [...leaves(asKey(configSchema(all)))]
    .filter(({ key }) => !key.remote)
    .map(({ path, key }) => ({
      path: path.map((part) => (part === anyName ? 'orders' : part)),
      key,
    }));
  it.each(closed.map(({ path, key }) => [dotted(path), path, key] as const))(
    'pulled: every key not marked remote is refused: %s',
    async (name, path, key) => {
      const value = other(key);
      expect(equalData(value, key.default)).toBe(false);
      const local = await localOf('[postgres]\n[custom.orders]\nsql = "SELECT"', everything);
      const text = JSON.stringify(only(path, value));
      const said = await problemsOf(overlaidConfig(local, { text, version: 1 }, everything));
      const what = name === 'postgres[0].name' ? 'no server of this name' : 'not open to a pulled';
      expect(said.join('\n')).toContain(what);
    },
  );
});
