import { firstValueFrom, of, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { selfSigned } from '../../dev/certificates.ts';
import { type RegisterOptions, register } from '../../src/commands/register.ts';
import { ConfigError, FileError, RefusedError } from '../../src/errors.ts';
import type { HttpRequest } from '../../src/ports/http.ts';
import type { Identity } from '../../src/ports/identity.ts';
import { localOf } from '../support/configuration.ts';

const collectorId = '0b9ce0a4-5f4e-4d9e-9d5b-6e2f6a5d7c11';
const { config } = await localOf(
  '[backend]\nurl = "https://b"\n[auth]\nregistration_secret_file = "/s"',
);
const pair = await selfSigned('db1');

/** Registers against a backend that answers with `status`; what was asked and stored. */
function attempt(set: Partial<RegisterOptions> = {}, stored: Identity | null = null, status = 200) {
  const requests: HttpRequest[] = [];
  const saved: Identity[] = [];
  const body = JSON.stringify({
    collector_id: collectorId,
    token: 'a.b.c',
    certificate: pair.certificate,
    private_key: pair.privateKey,
  });
  const line = firstValueFrom(
    register({
      file: '/etc/c.toml',
      config,
      ports: {
        http: (request) => {
          requests.push(request);
          return of({ status, headers: {}, body, complete: true });
        },
        jwt: { sign: () => of(''), decode: () => ({}) },
        secret: () => of(new TextEncoder().encode('the secret')),
        identity: {
          load: () => of(stored),
          save: (identity) => {
            saved.push(identity);
            return of(undefined);
          },
        },
      },
      owner: () => of(null),
      force: false,
      hostname: 'db1',
      version: '0.1.0',
      ...set,
    }),
  );
  return { line, requests, saved };
}
const known = { collectorId: 'old', token: 't' } as Identity;

describe('register', () => {
  it('registers, stores the identity and says who this is now', async () => {
    const { line, requests, saved } = attempt();
    expect(await line).toBe(`registered as collector ${collectorId}`);
    expect(requests).toMatchObject([
      { method: 'POST', url: 'https://b/api/v1/collectors/register' },
    ]);
    expect(saved).toMatchObject([{ collectorId, token: 'a.b.c', privateKey: pair.privateKey }]);
  });

  it('refuses where there is an identity, without asking the backend, unless it is forced', async () => {
    const refused = attempt({}, known);
    await expect(refused.line).rejects.toThrow(FileError);
    await expect(refused.line).rejects.toThrow('--force');
    expect(refused.requests).toEqual([]);
    const forced = attempt({ force: true }, known);
    await forced.line;
    expect(forced.saved).toMatchObject([{ collectorId }]);
  });

  it('refuses as another user than the owner of the state directory', async () => {
    const { line, requests } = attempt({ owner: () => of({ name: 'pganalytics', self: false }) });
    await expect(line).rejects.toThrow(
      'sudo -u pganalytics pganalytics-collector register --config /etc/c.toml',
    );
    expect(requests).toEqual([]);
  });

  it('has nothing to do where the collector signs its own tokens', async () => {
    const own = { ...config, auth: { ...config.auth, mode: 'shared_secret' as const } };
    await expect(attempt({ config: own }).line).rejects.toThrow(ConfigError);
  });

  it('stores nothing where the backend refuses', async () => {
    const { line, saved } = attempt({}, null, 401);
    await expect(line).rejects.toThrow(RefusedError);
    expect(saved).toEqual([]);
  });

  it('passes on that the identity cannot be stored', async () => {
    const { line } = attempt({ owner: () => throwError(() => new FileError('no such folder')) });
    await expect(line).rejects.toThrow('no such folder');
  });
});
