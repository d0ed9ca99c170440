import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeAuthority, writePem } from '../../dev/certificates.ts';
import { type MockBackend, startBackend } from '../../dev/backend/startBackend.ts';
import { newFolder, runAgent, startAgent } from '../support/agentProcess.ts';
import { install } from '../support/installation.ts';

const often = '[agent]\ninterval = 1\n[sysstat]\ninterval = 1\n';

let backend: MockBackend;
beforeAll(async () => {
  backend = await startBackend();
});
afterAll(() => backend.stop());

describe('the command line of the process', () => {
  it('prints its version and its help on stdout, and ends well', async () => {
    const version = await runAgent('--version');
    expect(version).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string,
      stderr: '',
    });
    const help = await runAgent('--help');
    expect(help.code).toBe(0);
    expect(help.stderr).toBe('');
    for (const text of [
      '--config',
      '--once',
      '--dry-run',
      '--tap',
      'register',
      'check',
      'Exit codes',
    ])
      expect(help.stdout).toContain(text);
  });

  it.each([
    [['--bogus'], 'unknown option'],
    [['chek'], 'did you mean "check"'],
    [['--config'], 'argument missing'],
    [['--format', 'ndjson'], '--format needs --tap'],
  ])('refuses %j with exit code 2 and one line', async (args, why) => {
    const { code, stdout, stderr } = await runAgent(...args);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(why);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('refuses a password in an argument without repeating it', async () => {
    const { code, stderr } = await runAgent('postgres://app:hunter2@db/app');
    expect(code).toBe(2);
    expect(stderr).toContain('password_file');
    expect(stderr).not.toContain('hunter2');
  });
});

describe('a configuration that cannot be used', () => {
  it('ends with 78 where the file is missing, and says what to do', async () => {
    const { code, stderr } = await runAgent('--config', '/nonexistent/collector.toml');
    expect(code).toBe(78);
    expect(stderr).toContain('it does not exist; copy config.toml.sample there');
  });

  it('ends with 78 where it is no TOML, with the place', async () => {
    const file = join(await newFolder(), 'collector.toml');
    await writeFile(file, '[collector]\nid = "db1\n', { mode: 0o600 });
    const { code, stderr } = await runAgent('--config', file);
    expect(code).toBe(78);
    expect(stderr).toMatch(/collector\.toml:2:\d+/);
    expect(stderr).toContain('^');
  });

  it('says every error at once: unknown keys with the nearest name, types, ranges, secrets unseen', async () => {
    const file = join(await newFolder(), 'collector.toml');
    const text = [
      '[backend]',
      'url = "https://b.test"',
      '[collector]',
      'push_intervall = 10',
      'config_pull_interval = "often"',
      '[sysstat]',
      'interval = 0',
      '[postgres]',
      'password = 12345678',
      'passwort = "hunter2"',
      '',
    ].join('\n');
    await writeFile(file, text, { mode: 0o600 });
    const { code, stderr, stdout } = await runAgent('--config', file);
    expect(code).toBe(78);
    expect(stdout).toBe('');
    for (const place of [':4:', ':5:', ':7:', ':9:', ':10:']) {
      expect(stderr).toContain(`collector.toml${place}`);
    }
    expect(stderr).toContain('push_interval');
    expect(stderr).not.toMatch(/hunter2|12345678/);
  });
});

describe('certificates and secrets', () => {
  it('ends with 78 where the key does not match the certificate', async () => {
    const folder = await newFolder();
    const one = await backend.authority.client('one');
    const two = await backend.authority.client('two');
    const paths = await writePem(folder, backend.authority, { ...one, privateKey: two.privateKey });
    const tls = Object.entries(paths)
      .map(([key, path]) => `${key} = "${path}"`)
      .join('\n');
    const { config } = await install({ backend, tls });
    const { code, stderr } = await runAgent('--config', config);
    expect(code).toBe(78);
    expect(stderr).toContain('key.pem');
    expect(stderr).toMatch(/match|fit|not the key/);
    expect(stderr).not.toContain('PRIVATE KEY');
  });

  it.each([
    ['does not exist', null, 0o600],
    ['is no PEM', 'rubbish', 0o600],
    ['is empty', '', 0o600],
  ])('ends with 78 where a certificate file %s', async (_, content, mode) => {
    const cert = join(await newFolder(), 'cert.pem');
    if (content !== null) await writeFile(cert, content, { mode });
    const { config } = await install({
      backend,
      tls: `cert_file = "${cert}"\nkey_file = "${cert}"`,
    });
    const { code, stderr } = await runAgent('--config', config);
    expect(code).toBe(78);
    expect(stderr).toContain('cert.pem');
  });

  it('picks up swapped files while it runs, and presents the new certificate', async () => {
    const folder = await newFolder();
    const paths = await writePem(
      folder,
      backend.authority,
      await backend.authority.client('first'),
    );
    const tls = Object.entries(paths)
      .map(([key, path]) => `${key} = "${path}"`)
      .join('\n');
    const { config } = await install({ backend, tls, sections: often });
    const agent = startAgent({ args: ['--config', config] });
    const shown = (name: string) => () =>
      backend.received.to('push').some(({ certificate }) => certificate?.includes(name));
    await backend.received.waitFor(shown('first'));
    await writePem(folder, backend.authority, await backend.authority.client('second'));
    await backend.received.waitFor(shown('second'), 20_000);
    expect(await agent.stop()).toBe(0);
    expect(agent.stderr()).toMatch(/collected (\d+), recovered 0, delivered \1,/);
  });

  it('refuses a registration secret that every user can read, and registers once it is closed', async () => {
    const secret = join(await newFolder(), 'secret');
    await writeFile(secret, backend.registrationSecret);
    await chmod(secret, 0o644);
    const { config } = await install({ backend, auth: `registration_secret_file = "${secret}"` });
    const before = backend.received.to('register').length;
    const { code, stderr } = await runAgent('register', '--config', config);
    expect(code).toBe(1);
    expect(stderr).toMatch(/chmod|readable/);
    expect(backend.received.to('register')).toHaveLength(before);
    await chmod(secret, 0o600);
    const { code: then, stdout } = await runAgent('register', '--config', config);
    expect(then).toBe(0);
    expect(stdout).toMatch(/^registered as collector [0-9a-f-]{36}\n$/);
    const again = await runAgent('register', '--config', config);
    expect(again.code).toBe(1);
    expect(again.stderr).toContain('--force');
  });

  it('does not talk to a backend whose certificate another authority signed', async () => {
    const other = await makeAuthority('Somebody else');
    const folder = await newFolder();
    const paths = await writePem(folder, other, await other.client('x'));
    const { config } = await install({ backend, tls: `ca_file = "${paths.ca_file}"` });
    const before = backend.received.totals.requests;
    const { code, stderr } = await runAgent('register', '--config', config);
    expect(code).toBe(1);
    expect(stderr).toMatch(/certificate/i);
    expect(backend.received.totals.requests).toBe(before);
  });

  it('refuses a signing secret below 32 bytes, and pushes with a longer one', async () => {
    const folder = await newFolder();
    const short = join(folder, 'short');
    const long = join(folder, 'long');
    await writeFile(short, 'too short', { mode: 0o600 });
    await writeFile(long, backend.sharedSecret, { mode: 0o600 });
    const pair = await writePem(folder, backend.authority, await backend.authority.client('db1'));
    const tls = Object.entries(pair)
      .map(([key, path]) => `${key} = "${path}"`)
      .join('\n');
    const auth = (file: string): string => `mode = "shared_secret"\nsecret_file = "${file}"`;
    const collector = 'id = "signs-itself"';
    const refused = await install({ backend, tls, collector, auth: auth(short) });
    const agent = startAgent({ args: ['--config', refused.config] });
    await agent.says(/tokens: .*has 9 bytes; HS256 needs at least 32/);
    const { config } = await install({
      backend,
      tls,
      collector,
      auth: auth(long),
      sections: often,
    });
    const signing = startAgent({ args: ['--config', config] });
    await backend.received.waitFor(({ pushes }) =>
      pushes.some(({ collectorId }) => collectorId === 'signs-itself'),
    );
    expect(await signing.stop()).toBe(0);
  });
});

describe('the log of the process', () => {
  it('is JSON from its first line where the configuration says so', async () => {
    const installed = await install({
      backend,
      sections: `${often}[log]\nformat = "json"\n`,
    });
    const agent = startAgent({ args: ['--config', installed.config] });
    await agent.says(/took effect/);
    await agent.stop();
    const lines = agent.stderr().trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { unit: string }).unit)).toContain('agent');
    expect(JSON.parse(lines[0]!)).toMatchObject({
      msg: expect.stringContaining('starts with') as string,
    });
  });
});
