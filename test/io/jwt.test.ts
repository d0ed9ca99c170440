import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { jwtVerify } from 'jose';
import { firstValueFrom } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SecretError } from '../../src/errors.ts';
import { jwt } from '../../src/io/jwt.ts';

const SECRET = '0123456789abcdef0123456789abcdef';
let folder: string;
let secretFile: string;
const claims = {
  collector_id: 'c-1',
  hostname: 'db-ü',
  type: 'access',
  sub: 'collector:c-1',
  iat: 1_000,
  nbf: 1_000,
  exp: 4_630,
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pganalytics-jwt-'));
  secretFile = join(folder, 'secret');
  await writeFile(secretFile, `${SECRET}\n`, { mode: 0o600 });
});
afterAll(() => rm(folder, { recursive: true }));

const sign = (path = secretFile) => firstValueFrom(jwt.sign(claims, path));
const key = (secret: string) => new TextEncoder().encode(secret);
const at = (seconds: number) => ({ currentDate: new Date(seconds * 1000), algorithms: ['HS256'] });

describe('jwt.sign', () => {
  it('makes three parts of base64url without padding', async () => {
    const parts = (await sign()).split('.');
    expect(parts).toHaveLength(3);
    for (const part of parts) expect(part).toMatch(/^[A-Za-z0-9_-]+$/);
  });

  it('names HS256 in its header and carries exactly the claims', async () => {
    const [header, payload] = (await sign()).split('.');
    const decode = (part: string) =>
      JSON.parse(Buffer.from(part, 'base64url').toString()) as unknown;
    expect(decode(header!)).toEqual({ alg: 'HS256', typ: 'JWT' });
    expect(decode(payload!)).toEqual(claims);
  });

  it('has a signature that verifies with the secret, without the line end of its file', async () => {
    const { payload } = await jwtVerify(await sign(), key(SECRET), at(2_000));
    expect(payload).toEqual(claims);
  });

  it('has a signature that fails with another secret or a changed payload', async () => {
    const token = await sign();
    await expect(jwtVerify(token, key(`${SECRET}x`), at(2_000))).rejects.toMatchObject({
      code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
    });
    const [header, , signature] = token.split('.');
    const forged = Buffer.from('{"collector_id":"c-2","exp":4630}').toString('base64url');
    await expect(
      jwtVerify(`${header!}.${forged}.${signature!}`, key(SECRET), at(2_000)),
    ).rejects.toMatchObject({ code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' });
  });

  it('is valid from nbf to exp only', async () => {
    const token = await sign();
    await expect(jwtVerify(token, key(SECRET), at(999))).rejects.toThrow();
    await expect(jwtVerify(token, key(SECRET), at(4_629))).resolves.toBeDefined();
    await expect(jwtVerify(token, key(SECRET), at(4_630))).rejects.toMatchObject({
      code: 'ERR_JWT_EXPIRED',
    });
  });

  it('reads the secret anew each time', async () => {
    const path = join(folder, 'rotated');
    await writeFile(path, SECRET, { mode: 0o600 });
    const before = await sign(path);
    await writeFile(path, `${SECRET}${SECRET}`);
    const after = await sign(path);
    expect(after).not.toBe(before);
    await expect(jwtVerify(after, key(SECRET + SECRET), at(2_000))).resolves.toBeDefined();
  });

  it.each([
    ['has 31 bytes', '0123456789abcdef0123456789abcde', 0o600, /at least 32/],
    ['is empty', '\n', 0o600, /empty/],
    ['others can read', SECRET, 0o644, /chmod/],
  ])('refuses a secret that %s, without quoting it', async (_, text, mode, expected) => {
    const path = join(folder, 'bad');
    await writeFile(path, text);
    await chmod(path, mode);
    const error: unknown = await sign(path).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SecretError);
    expect((error as Error).message).toMatch(expected);
    expect((error as Error).message).not.toContain('0123456789');
  });

  it('refuses a secret that does not exist or is a folder', async () => {
    await expect(sign(join(folder, 'missing'))).rejects.toThrow('does not exist');
    await expect(sign(folder)).rejects.toThrow('not a regular file');
  });
});

describe('jwt.decode', () => {
  it('reads the claims of a token', async () => {
    expect(jwt.decode(await sign())).toEqual(claims);
  });

  it('gives null for anything else, and never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(fc.base64String()).map((p) => p.join('.')),
        ),
        (s) => {
          const decoded = jwt.decode(s);
          expect(decoded === null || typeof decoded === 'object').toBe(true);
        },
      ),
    );
    for (const text of ['', '.', '..', 'a.b.c', 'e30.MQ.x']) expect(jwt.decode(text)).toBeNull();
  });
});
