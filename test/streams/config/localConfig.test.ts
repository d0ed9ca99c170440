import fc from 'fast-check';
import { lastValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/errors.ts';
import { localConfig } from '../../../src/streams/config/localConfig.ts';
import { localOf, problemsOf, rulesWith, textOf } from '../../support/configuration.ts';

const plain = rulesWith();
const problems = (text: string, rules = plain): Promise<readonly string[]> =>
  problemsOf(localConfig(textOf(text), rules));

describe('a local configuration', () => {
  it('gives every key its default where the file is empty', async () => {
    const { config } = await localOf('');
    expect(config.collector).toEqual({
      preset: 'standard',
      push_interval: 60,
      config_pull_interval: 300,
      state_dir: '/var/lib/pganalytics',
    });
    expect(config.tls).toEqual({ verify: true, min_version: '1.3' });
    expect(config.postgres).toEqual([]);
    expect(config.sections['sysstat']).toEqual({ enabled: true, interval: 15 });
    expect(config.sections['pg_bloat']).toEqual({ enabled: false, interval: 21_600 });
  });

  it('keeps strings, integers, fractions, booleans and lists as they are', async () => {
    const { config } = await localOf(`
      [collector]
      hostname = "db1"
      push_interval = 2.5
      [tls]
      verify = false
      [[postgres]]
      name = "a"
      port = 6543
      databases = ["app", "Größe, und mehr"]
      [sysstat]
      enabled = false
    `);
    expect(config.collector.hostname).toBe('db1');
    expect(config.collector.push_interval).toBe(2.5);
    expect(config.tls.verify).toBe(false);
    expect(config.postgres[0]?.port).toBe(6543);
    expect(config.postgres[0]?.databases).toEqual(['app', 'Größe, und mehr']);
    expect(config.sections['sysstat']?.enabled).toBe(false);
  });

  it('takes one server as [postgres], and databases as a comma string or "*"', async () => {
    const comma = await localOf(
      '[postgres]\ndatabases = " app , shop,,"\nexclude_databases = "t*"',
    );
    expect(comma.config.postgres).toHaveLength(1);
    expect(comma.config.postgres[0]).toMatchObject({
      name: 'main',
      databases: ['app', 'shop'],
      exclude_databases: ['t*'],
    });
    const all = await localOf(
      '[[postgres]]\nname = "a"\ndatabases = "*"\n[[postgres]]\nname = "b"',
    );
    expect(all.config.postgres.map(({ name, databases }) => [name, databases])).toEqual([
      ['a', ['*']],
      ['b', []],
    ]);
  });

  it('gives [collector] interval to sections without one, never below their least', async () => {
    const { config } = await localOf('[collector]\ninterval = 5\n[sysstat]\ninterval = 7');
    expect(config.sections['sysstat']?.interval).toBe(7);
    expect(config.sections['pg_stats']?.interval).toBe(10);
    expect(config.sections['pg_bloat']?.interval).toBe(5);
  });

  it('never gives [collector] interval to a section beyond its most', async () => {
    const { config } = await localOf('[collector]\ninterval = 3600');
    expect(config.sections['heartbeats']?.interval).toBe(240);
    expect(config.sections['sysstat']?.interval).toBe(3600);
  });

  it('fills ${NAME} in after parsing, and lets $${ stand for itself', async () => {
    const rules = rulesWith({ HOST: 'db"1', LIST: 'a,b' });
    const { config, secrets } = await localOf(
      '[postgres]\nhost = "${HOST}.example"\ndatabases = "${LIST}"\nuser = "$${HOST}"',
      rules,
    );
    expect(config.postgres[0]).toMatchObject({
      host: 'db"1.example',
      databases: ['a', 'b'],
      user: '${HOST}',
    });
    expect([...secrets]).toEqual(['postgres[0].host', 'postgres[0].databases']);
  });

  it('does not look again at what a variable holds, nor at inherited names', async () => {
    const { config } = await localOf('[postgres]\nhost = "${A}"', rulesWith({ A: '${B}', B: 'x' }));
    expect(config.postgres[0]?.host).toBe('${B}');
    const [problem] = await problems('[postgres]\nhost = "${constructor}"');
    expect(problem).toContain('constructor is not set');
  });

  it('ignores PGHOST and its kin', async () => {
    const { config } = await localOf(
      '[postgres]',
      rulesWith({ PGHOST: 'elsewhere', PGPORT: '1', PGUSER: 'root', PGPASSWORD: 'x' }),
    );
    expect(config.postgres[0]).toMatchObject({
      host: 'localhost',
      port: 5432,
      user: 'pganalytics',
    });
    expect(config.postgres[0]).not.toHaveProperty('password');
  });

  it('reports everything at once: place, line, caret, what was expected, the nearest name', async () => {
    const text = [
      '[collector]',
      'push_intervall = 5',
      '[backend]',
      'compression = "gzp"',
      '[postgres]',
      'host = "${NOPE}"',
      '  port = "5432"',
      'databases = ["a",',
      '  3]',
      '[sysstat]',
      'interval = 0.1',
      '[pg_stat]',
      '[tls]',
      'cert_file = "client.pem"',
    ].join('\n');
    expect(await problems(text)).toEqual([
      'collector.toml:2:1: unknown key "push_intervall" in [collector]; did you mean "push_interval"?\n' +
        '  2 | push_intervall = …\n' +
        '    | ^',
      'collector.toml:4:15: expected one of "auto", "gzip", "none"; did you mean "gzip"?\n' +
        '  4 | compression = "gzp"\n' +
        '    |               ^',
      'collector.toml:6:8: the environment variable NOPE is not set; write $${ for a literal ${\n' +
        '  6 | host = "${NOPE}"\n' +
        '    |        ^',
      'collector.toml:7:10: expected a whole number from 1 to 65535\n' +
        '  7 |   port = "5432"\n' +
        '    |          ^',
      'collector.toml:9:3: expected a string in quotes, not empty\n' + '  9 |   3]\n' + '    |   ^',
      'collector.toml:11:12: expected a number from 1 to 86400 (s)\n' +
        '  11 | interval = 0.1\n' +
        '     |            ^',
      'collector.toml:12:2: unknown section or key "pg_stat"; did you mean "pg_stats"?\n' +
        '  12 | [pg_stat]\n' +
        '     |  ^',
      'collector.toml:14:13: expected an absolute path (one that starts with /)\n' +
        '  14 | cert_file = "client.pem"\n' +
        '     |             ^',
      'collector.toml:14:13: cert_file needs its key: set key_file too\n' +
        '  14 | cert_file = "client.pem"\n' +
        '     |             ^',
    ]);
  });

  it.each([
    ['x = ', 'collector.toml:1:5: not valid TOML: the file ends here'],
    ['[tls]\nverify = yes', 'collector.toml:2:10: not valid TOML'],
    [
      '[tls]\nverify = true\nverify = true',
      'collector.toml:3:1: not valid TOML: Cannot redefine existing key',
    ],
    ['[tls]\n[tls]', "collector.toml:2:1: not valid TOML: Cannot redefine existing key 'tls'"],
  ])('places a mistake of syntax: %j', async (text, start) => {
    const [problem, ...others] = await problems(text);
    expect(problem).toContain(start);
    expect(others).toEqual([]);
  });

  it.each([
    ['a password of the wrong type', '[postgres]\npassword = 815\nport = 0'],
    ['an unknown key', '[postgres]\npasswort = "hunter2"'],
    ['an unquoted value of an unknown key', '[postgres]\npasswort = hunter2'],
    ['a string without an end', '[postgres]\npassword = "hunter2\n'],
    ['a secret beside a harmless key', 'postgres = { port = 0, password = "hunter2" }'],
    ['a secret in a text of several lines', '[postgres]\npassword = """hunter2\n"""\nport = 0\n'],
    ['a value from the environment', '[backend]\nurl = "${URL}"'],
    ['a comment', '[postgres]\nport = 0 # password = hunter2'],
    ['an inline table of several lines', 'postgres = { password = """a\nhunter2""", port = 0 }'],
  ])('never echoes %s', async (_, text) => {
    const said = (await problems(text, rulesWith({ URL: 'ftp://hunter2' }))).join('\n');
    expect(said).toMatch(/^collector\.toml:\d+:\d+: /);
    expect(said).not.toMatch(/hunter2|815/);
  });

  it.each([
    [
      'two servers of one name',
      '[[postgres]]\n[[postgres]]\nname = "main"',
      'two servers are called "main"',
    ],
    [
      'a push interval above 240 s',
      '[collector]\npush_interval = 241',
      'expected a number from 1 to 240 (s)',
    ],
    ['plain http', '[backend]\nurl = "http://b"', 'expected https://'],
    ['an address with a password', '[backend]\nurl = "https://u:p@b"', 'holds no user or password'],
    ['an address that is none', '[backend]\nurl = "https://"', 'expected an address like'],
    ['a certificate without its key', '[tls]\ncert_file = "/c"', 'cert_file needs its key'],
    ['a key without its certificate', '[tls]\nkey_file = "/k"', 'key_file needs its certificate'],
    ['half a client certificate', '[postgres]\nsslcert = "/c"', 'sslcert needs its key'],
    ['shared_secret without a file', '[auth]\nmode = "shared_secret"', 'needs secret_file'],
    ['a relative path', '[collector]\nstate_dir = "var"', 'expected an absolute path'],
    [
      'a relative path of a server',
      '[postgres]\npassword_file = "~/pw"',
      'expected an absolute path',
    ],
    ['two passwords', '[postgres]\npassword = "a"\npassword_file = "/b"', 'not both'],
    ['a date where a table belongs', 'tls = 2026-01-02', 'expected a table'],
    ['a number that is none', '[sysstat]\ninterval = nan', 'expected a number'],
    ['a key called __proto__', '__proto__ = 1', 'unknown section or key "__proto__"'],
    [
      'a section called constructor',
      '[constructor]\na = 1',
      'unknown section or key "constructor"',
    ],
    ['a key that steers the terminal', '"\\u001b[2J" = 1', 'unknown section or key "\\x1b[2J"'],
  ])('refuses %s', async (_, text, what) => {
    expect((await problems(text)).join('\n')).toContain(what);
  });

  it('accepts plain http where it is permitted, and warns of it', async () => {
    const local = await localOf('[backend]\nurl = "http://b"\nallow_plain_http = true');
    expect(local.warnings).toEqual([expect.stringContaining('in clear')]);
  });

  it('asks for an address only where a command needs the backend', async () => {
    await expect(localOf('')).resolves.toBeDefined();
    expect(await problems('', rulesWith({}, true))).toEqual([
      'collector.toml: backend: [backend] url is missing: where to push to',
    ]);
  });

  it('warns of a password in a file that all can read', async () => {
    const text = '[postgres]\npassword = "x"';
    const warnings = async (exposed: boolean): Promise<readonly string[]> =>
      (await lastValueFrom(localConfig(textOf(text, { exposed }), rulesWith()))).warnings;
    expect(await warnings(true)).toEqual([expect.stringContaining('chmod 600')]);
    expect(await warnings(false)).toEqual([]);
  });

  it('meets any text with a configuration or with a ConfigError, and keeps its secret', async () => {
    const word = fc.constantFrom(
      'password',
      'host',
      '[postgres]',
      '=',
      '"',
      "'",
      '\n',
      '#',
      '{',
      '}',
      '[',
      ']',
      ',',
      '"""',
      '${',
      '5',
      'x',
    );
    const noise = fc.array(word, { maxLength: 12 }).map((words) => words.join(' '));
    await fc.assert(
      fc.asyncProperty(noise, noise, async (before, after) => {
        const text = `${before}\npassword = "hunter2" ${after}`;
        try {
          await localOf(text);
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
          expect((error as Error).message).not.toContain('hunter2');
        }
      }),
      { numRuns: 300 },
    );
  });
});
