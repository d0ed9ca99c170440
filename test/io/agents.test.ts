import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Authority, makeAuthority } from '../../dev/certificates.ts';
import { Agents } from '../../src/io/agents.ts';
import type { Transport } from '../../src/ports/http.ts';

let folder: string;
let authority: Authority;
let transport: Transport;
const warnings: string[] = [];
const agents = new Agents((message) => warnings.push(message));
const put = (name: string, text: string): Promise<void> =>
  writeFile(join(folder, name), text, { mode: 0o600 });
/** Lets 30 s go by, and what then was begun come to its end. */
const told = (message: RegExp): Promise<void> =>
  vi.waitFor(
    async () => {
      await vi.advanceTimersByTimeAsync(30_000);
      expect(warnings).toContainEqual(expect.stringMatching(message));
    },
    { timeout: 10_000 },
  );

beforeEach(async () => {
  warnings.length = 0;
  folder = await mkdtemp(join(tmpdir(), 'pganalytics-agents-'));
  authority = await makeAuthority();
  const pair = await authority.client('collector');
  await put('cert.pem', pair.certificate);
  await put('cert.key', pair.privateKey);
  transport = {
    verify: true,
    minVersion: 'TLSv1.3',
    timeoutMs: 1_000,
    certFile: join(folder, 'cert.pem'),
    keyFile: join(folder, 'cert.key'),
    caFile: null,
    issued: null,
  };
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(async () => {
  agents.close();
  vi.useRealTimers();
  await rm(folder, { recursive: true });
});

describe('certificates that are swapped while nothing is sent', () => {
  it('are noticed within 30 s, and serve the next request', async () => {
    const first = await agents.secure(transport);
    const next = await authority.client('collector');
    await put('cert.pem', next.certificate);
    await put('cert.key', next.privateKey);
    await told(/the new ones are in use/);
    const second = await agents.secure(transport);
    expect(second).not.toBe(first);
    expect(second.options).toMatchObject({ cert: next.certificate, key: next.privateKey });
  });

  it('are told of once where they do not fit, while the old ones serve', async () => {
    const first = await agents.secure(transport);
    await put('cert.pem', (await authority.client('collector')).certificate);
    await told(/the certificates loaded before stay in use/);
    await vi.advanceTimersByTimeAsync(90_000);
    expect(await agents.secure(transport)).toBe(first);
    expect(warnings).toHaveLength(1);
  });

  it('are not looked at any more once nothing is to be sent', async () => {
    await agents.secure(transport);
    agents.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});
