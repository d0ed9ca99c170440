import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SecretError } from '../../../src/errors.ts';
import { passEntry, pgpass } from '../../../src/io/postgres/pgpass.ts';

const target = { host: 'db.example.com', port: 5432, database: 'shop', user: 'monitor' };

describe('passEntry', () => {
  it('takes the first line that fits', () => {
    const text = [
      '# db.example.com:5432:shop:monitor:comment',
      'other:5432:shop:monitor:a',
      'db.example.com:5433:shop:monitor:b',
      '*:*:*:monitor:c',
      'db.example.com:5432:shop:monitor:d',
    ].join('\n');
    expect(passEntry(text, target)).toBe('c');
  });

  it('knows no password where no line fits', () => {
    expect(passEntry('db.example.com:5432:shop:somebody:x\n\nhalf:a:line', target)).toBeUndefined();
    expect(passEntry('', target)).toBeUndefined();
  });

  it('takes an escaped star literally', () => {
    expect(passEntry('\\*:*:*:*:x', target)).toBeUndefined();
    expect(passEntry('\\*:*:*:*:x', { ...target, host: '*' })).toBe('x');
  });

  it('finds a socket under its directory and under localhost', () => {
    const socket = { ...target, host: '/run/postgresql' };
    expect(passEntry('/run/postgresql:*:*:*:a', socket)).toBe('a');
    expect(passEntry('localhost:*:*:*:b', socket)).toBe('b');
    expect(passEntry('localhost:*:*:*:b', target)).toBeUndefined();
  });

  it('reads lines of other systems', () => {
    expect(passEntry('*:*:*:*:a\r\n', target)).toBe('a');
  });

  it('reads back whatever was escaped', () => {
    const field = fc.string({ minLength: 1 }).filter((text) => !/[\r\n]/.test(text));
    const escape = (text: string) => text.replace(/[\\:]/g, '\\$&');
    fc.assert(
      fc.property(field, field, field, field, (host, database, user, password) => {
        fc.pre(!host.startsWith('#') && ![host, database, user].includes('*'));
        const line = [host, '1', database, user, password].map(escape).join(':');
        expect(passEntry(line, { host, port: 1, database, user })).toBe(password);
      }),
    );
  });
});

describe('pgpass', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pgpass-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('reads a private file', async () => {
    const path = join(folder, 'private');
    await writeFile(path, '*:*:*:*:secret\n', { mode: 0o600 });
    expect(await pgpass(path, target)).toBe('secret');
  });

  it.each([0o640, 0o604, 0o620])('refuses a file that others can access: %o', async (mode) => {
    const path = join(folder, 'open');
    await writeFile(path, '*:*:*:*:secret\n');
    await chmod(path, mode);
    const error = await pgpass(path, target).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SecretError);
    expect(String(error)).toContain(`chmod 600 ${path}`);
    expect(String(error)).not.toContain('secret\n');
  });

  it('knows no password where there is no file, or something else in its place', async () => {
    expect(await pgpass(join(folder, 'missing'), target)).toBeUndefined();
    await mkdir(join(folder, 'directory'));
    expect(await pgpass(join(folder, 'directory'), target)).toBeUndefined();
  });
});
