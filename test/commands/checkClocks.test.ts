import { NEVER, concat, lastValueFrom, of, throwError, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type CheckOptions, check } from '../../src/commands/check.ts';
import { showFinding } from '../../src/commands/check/showFinding.ts';
import { FileError, TransportError } from '../../src/errors.ts';
import type { Ports } from '../../src/ports.ts';
import type { Identity } from '../../src/ports/identity.ts';
import type { Server } from '../../src/ports/server.ts';
import { localOf } from '../support/configuration.ts';
import { fakeHost } from '../support/hostContext.ts';

const identity: Identity = {
  ...{ collectorId: 'c-1', token: 'token', tokenArrivedAt: Date.now(), expiresAt: null },
  ...{ certificate: null, privateKey: null },
};

/** A server that answers nothing but the time. */
const telling =
  (aheadMs: number): Ports['postgres'] =>
  () => {
    const server: Server = {
      query: ({ name }) =>
        name === 'check/clock' ? of([[String(Date.now() + aheadMs)]]) : of([[]]),
      connection: () => ({ connectMs: 1, pooler: false, local: false }),
    };
    return concat(of(server), NEVER);
  };

async function shown(ports: Partial<ReturnType<CheckOptions['ports']>>): Promise<string> {
  const local = await localOf(
    '[backend]\nurl = "https://b"\n[auth]\nregistration_secret_file = "/s"\n' +
      '[postgres]\nhost = "db1.example.com"\n',
  );
  const findings$ = check({
    file: '/c.toml',
    local$: of(local),
    ports: () => ({
      postgres: telling(0),
      host: fakeHost({}),
      http: () => throwError(() => new TransportError('CERT_HAS_EXPIRED', 'health: expired')),
      identity: { load: () => of(identity), save: () => of(undefined) },
      jwt: { sign: () => of('jwt'), decode: () => ({ exp: 4_000_000_000 }) },
      secret: () => of(new Uint8Array([1])),
      ...ports,
    }),
    certificates: () => of([]),
    owner: () => of(null),
    version: '1',
  });
  const findings = await lastValueFrom(findings$.pipe(toArray()));
  return findings.map((finding) => showFinding(finding, false)).join('\n');
}

describe('check', () => {
  it('tells a server whose clock differs, and that it speaks for the certificate', async () => {
    const text = await shown({ postgres: telling(-7_200_500) });
    expect(text).toMatch(/postgres main: its clock is 2 h 0 min behind this host's; one of them/);
    expect(text).toMatch(
      /backend: health: expired; the clock of server main is 2 h behind this host's, which is wrong: set it/,
    );
  });

  it('says nothing of a clock that agrees, but that it speaks against the certificate', async () => {
    const text = await shown({});
    expect(text).not.toMatch(/its clock/);
    expect(text).toMatch(/by the clock of server main it has expired either way/);
  });

  it('does not call a damaged registration none', async () => {
    const damaged: Ports['identity'] = {
      load: () => throwError(() => new FileError('damaged')),
      save: () => of(undefined),
    };
    const text = await shown({ identity: damaged });
    expect(text).toMatch(/✘ identity: damaged/);
    expect(text).not.toMatch(/registered/);
    expect(text).toMatch(/✘ backend: health: expired/);
  });
});
