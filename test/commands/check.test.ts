import { type Observable, lastValueFrom, of, throwError, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type CheckOptions, check, checkExitCode } from '../../src/commands/check.ts';
import type { Finding } from '../../src/commands/check/finding.ts';
import { showFinding } from '../../src/commands/check/showFinding.ts';
import {
  CertificateError,
  ConfigError,
  FileError,
  SecretError,
  TransportError,
} from '../../src/errors.ts';
import { postgres } from '../../src/io/postgres/postgres.ts';
import { readSecret } from '../../src/io/secretFile.ts';
import type { Ports } from '../../src/ports.ts';
import type { HttpReply } from '../../src/ports/http.ts';
import type { Identity } from '../../src/ports/identity.ts';
import type { DevPostgres } from '../../dev/postgres.ts';
import { localOf } from '../support/configuration.ts';
import { fakeHost } from '../support/hostContext.ts';
import { withPostgres } from '../support/postgres.ts';

type CheckPorts = ReturnType<CheckOptions['ports']>;

const healthy: HttpReply = {
  status: 200,
  headers: {},
  body: '{"status":"ok","version":"3.0","database_ok":true}',
  complete: true,
};
const identity: Identity = {
  collectorId: 'c-1',
  token: 'token',
  tokenArrivedAt: 0,
  expiresAt: null,
  certificate: null,
  privateKey: null,
};
const fakes: CheckPorts = {
  postgres: postgres({ readSecret, passFile: null }),
  host: fakeHost({ device: () => of(1) }),
  http: () => of(healthy),
  identity: { load: () => of(identity), save: () => of(undefined) },
  jwt: { sign: () => of('jwt'), decode: () => ({ exp: 4_000_000_000 }) },
  secret: () => of(new Uint8Array([1])),
};

/** All findings of a configuration, with ports of which some are replaced. */
async function findings(
  text: string,
  ports: Partial<CheckPorts> = {},
  set: Partial<CheckOptions> = {},
): Promise<readonly Finding[]> {
  const local = await localOf(text);
  return lastValueFrom(
    check({
      file: '/etc/my collector.toml',
      local$: of(local),
      ports: () => ({ ...fakes, ...ports }),
      certificates: () => of([]),
      owner: () => of({ name: 'pganalytics', self: true }),
      version: '0.1.0',
      ...set,
    }).pipe(toArray()),
  );
}
function refused(why: string): Observable<never> {
  return throwError(() => new SecretError(why));
}
const shown = (list: readonly Finding[]): string =>
  list.map((finding) => showFinding(finding, false)).join('\n');

const backend = '[backend]\nurl = "https://b"\n';

describe('check', () => {
  it('finds nothing wrong where nothing is', async () => {
    const list = await findings(`${backend}[postgres]`, {
      postgres: () => throwError(() => new SecretError('not reached')),
    });
    const others = list.filter(({ about }) => about !== 'postgres main');
    expect(shown(others)).toBe(
      [
        '✔ configuration: /etc/my collector.toml is valid: 1 server, 3 metric types on',
        '✔ identity: registered as collector c-1; the token is valid until 2096-10-02T07:06:40.000Z',
        '✔ certificates: those that are configured parse, fit and are valid',
        '✔ backend: https://b/api/v1/health is healthy (version 3.0)',
      ].join('\n'),
    );
    expect(checkExitCode(others)).toBe(0);
    expect(checkExitCode(list)).toBe(1);
  });

  it('says everything that is wrong in the file, and looks no further', async () => {
    const list = await findings(
      '',
      {},
      { local$: throwError(() => new ConfigError(['a:1:1: x\n  1 | y', 'z'])) },
    );
    expect(shown(list)).toBe('✘ configuration: a:1:1: x\n    1 | y\n✘ configuration: z');
  });

  it('refuses to run as another user than the owner of the state, and says how', async () => {
    const run = findings('', {}, { owner: () => of({ name: 'pg analytics', self: false }) });
    await expect(run).rejects.toThrow(FileError);
    await expect(run).rejects.toThrow(
      "sudo -u 'pg analytics' pganalytics-collector check --config '/etc/my collector.toml'",
    );
  });

  it.each<[string, Partial<CheckPorts>, string]>([
    [
      'is not registered',
      { identity: { ...fakes.identity, load: () => of(null) } },
      '✘ identity: not registered',
    ],
    [
      'has an identity file that is damaged',
      { identity: { ...fakes.identity, load: () => throwError(() => new FileError('damaged')) } },
      '✘ identity: damaged',
    ],
    [
      'has a token that expired',
      { jwt: { ...fakes.jwt, decode: () => ({ exp: 1 }) } },
      "    pganalytics-collector register --force --config '/etc/my collector.toml'",
    ],
    [
      'meets a backend that is ill',
      { http: () => of({ ...healthy, status: 503 }) },
      'answers 503: not healthy',
    ],
    ['meets a portal', { http: () => of({ ...healthy, body: '<html>' }) }, 'not as a backend does'],
    [
      'meets a backend without its database',
      { http: () => of({ ...healthy, body: '{"database_ok":false}' }) },
      'lost its database',
    ],
    [
      'cannot reach the backend',
      { http: () => throwError(() => new TransportError('ECONNREFUSED', 'refused')) },
      '✘ backend: refused\n    curl -v https://b',
    ],
  ])('tells an installation that %s', async (_, ports, what) => {
    expect(shown(await findings(backend, ports))).toContain(what);
  });

  it('tells of a registration that is still to come, and of a secret that cannot be read', async () => {
    const text = `${backend}[auth]\nregistration_secret_file = "/s"`;
    const none: Ports['identity'] = { ...fakes.identity, load: () => of(null) };
    expect(shown(await findings(text, { identity: none }))).toContain(
      '✔ identity: not registered yet',
    );
    expect(
      shown(await findings(text, { identity: none, secret: () => refused('readable by others') })),
    ).toContain('✘ identity: readable by');
    const shared = `${backend}[auth]\nmode = "shared_secret"\nsecret_file = "/s"`;
    expect(
      shown(await findings(shared, { jwt: { ...fakes.jwt, sign: () => refused('too short') } })),
    ).toContain('✘ identity: too short');
  });

  it('asks no backend with certificates that cannot be used, and passes on what ends soon', async () => {
    const list = await findings(
      backend,
      {},
      {
        certificates: () => throwError(() => new CertificateError('does not fit')),
      },
    );
    expect(list.map(({ about }) => about)).toEqual([
      'configuration',
      'configuration',
      'identity',
      'certificates',
    ]);
    const soon = await findings(
      backend,
      {},
      { certificates: () => of(['c.pem expires in 3 days']) },
    );
    expect(shown(soon)).toContain('! certificates: c.pem expires in 3 days');
  });

  it('escapes what steers a terminal, and colours only on demand', () => {
    const finding: Finding = {
      level: 'problem',
      about: 'postgres \u001b[2J',
      message: 'a\u202eb',
      remedy: 'x',
    };
    expect(showFinding(finding, false)).toBe('✘ postgres \\x1b[2J: a\\u202eb\n    x');
    expect(showFinding(finding, true)).toContain('\u001b[');
  });
});

/** What a test needs of a server. */
const running = (server: DevPostgres) => ({
  port: server.port,
  sql: (text: string) => server.sql(text),
});

describe('check of a real server', () => {
  const server = withPostgres({ settings: { shared_preload_libraries: 'auto_explain' } });
  const loaded = withPostgres({
    settings: {
      shared_preload_libraries: 'pg_stat_statements',
      track_io_timing: 'on',
      track_activity_query_size: 4096,
    },
  });
  const of_ = async (postgresTable: string): Promise<string> =>
    shown((await findings(postgresTable)).filter(({ about }) => about.startsWith('postgres')));
  const table = (port: number, user: string, more = ''): string =>
    `[postgres]\nhost = "127.0.0.1"\nport = ${port}\nuser = ${JSON.stringify(user)}\n${more}`;

  it('has nothing to say of one that is set up as documented', async () => {
    const { port, sql } = running(loaded());
    await sql('CREATE ROLE monitor LOGIN CONNECTION LIMIT 4 IN ROLE pg_monitor');
    await sql(
      'GRANT SELECT (starelid, staattnum, stainherit, stanullfrac, stawidth) ON pg_statistic TO monitor',
    );
    await sql('CREATE EXTENSION pg_stat_statements');
    expect(await of_(table(port, 'monitor'))).toMatch(
      /^✔ postgres main: PostgreSQL 18\S* answers\n✔ .*has pg_monitor and is no superuser\n✔ .*pg_stat_statements 1\.\d+ in database postgres\n✔ .*nothing is missing$/,
    );
  });

  it('warns of a superuser', async () => {
    const said = await of_(table(loaded().port, 'postgres'));
    expect(said).toContain('! postgres main: role "postgres" is a superuser');
    expect(said).toContain('CREATE ROLE pganalytics LOGIN CONNECTION LIMIT 4 IN ROLE pg_monitor;');
  });

  it('gives remedies that work when they are pasted', async () => {
    const { port, sql } = running(server());
    await sql(`CREATE ROLE "My ""Role" LOGIN`);
    const before = await findings(table(port, 'My "Role'));
    const said = shown(before);
    expect(said).toContain('role "My ""Role" sees only its own statistics');
    expect(said).toContain('has no connection limit');
    for (const { about, remedy, message } of before) {
      if (about === 'postgres main' && /statistics$|connection limit/.test(message))
        await sql(remedy ?? '');
    }
    const after = await of_(table(port, 'My "Role'));
    expect(after).toContain('✔ postgres main: role "My ""Role" has pg_monitor');
    expect(after).not.toContain('connection limit');
    expect(after).toContain('track_io_timing is off');
    expect(after).toContain(
      "ALTER SYSTEM SET shared_preload_libraries = 'auto_explain', 'pg_stat_statements';",
    );
  });

  it('names why it cannot connect', async () => {
    const { port } = server();
    expect(await of_(table(1, 'x'))).toMatch(
      /✘ postgres main: cannot connect: .*\n {4}pg_isready -h 127\.0\.0\.1 -p 1$/,
    );
    expect(await of_(table(port, 'postgres', 'database = "no such"'))).toContain(
      'CREATE DATABASE "no such";',
    );
    expect(await of_(table(port, 'nobody'))).toContain('CREATE ROLE "nobody" LOGIN');
  });
});
