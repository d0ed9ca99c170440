import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { firstValueFrom } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileError } from '../../src/errors.ts';
import { identityStore } from '../../src/io/identity.ts';
import type { Identity } from '../../src/ports/identity.ts';

let folder: string;
let stateDir: string;
const identity: Identity = {
  collectorId: '6f0c0f3a-5d0b-4c43-9b6e-2d1c4c1b7e10',
  token: 'a.b.c',
  tokenArrivedAt: 1_700_000_000_000,
  expiresAt: null,
  certificate: '-----BEGIN CERTIFICATE-----',
  privateKey: '-----BEGIN PRIVATE KEY----- secret',
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pganalytics-identity-'));
  stateDir = join(folder, 'state');
});
afterEach(async () => {
  await chmod(folder, 0o700);
  await rm(folder, { recursive: true });
});

const on = (machine: string | null) => identityStore(stateDir, () => Promise.resolve(machine));
const load = (machine: string | null = 'here') => firstValueFrom(on(machine).load());
const save = (value: Identity = identity, machine: string | null = 'here') =>
  firstValueFrom(on(machine).save(value), { defaultValue: undefined });
const mode = async (path: string) => (await stat(path)).mode & 0o777;

describe('identityStore', () => {
  it('has none before the first one is saved', async () => {
    expect(await load()).toBeNull();
  });

  it('gives back what was saved', async () => {
    await save();
    expect(await load()).toEqual({ ...identity, renewedAt: [], formerIds: [] });
    await save({ ...identity, token: 'd.e.f' });
    expect((await load())?.token).toBe('d.e.f');
  });

  it('keeps the file and its folder private, whatever the umask, and leaves nothing else behind', async () => {
    const before = process.umask(0);
    try {
      await save();
      await save();
    } finally {
      process.umask(before);
    }
    expect(await mode(stateDir)).toBe(0o700);
    expect(await mode(join(stateDir, 'identity.json'))).toBe(0o600);
    expect(await readdir(stateDir)).toEqual(['identity.json']);
  });

  it('remembers when it registered, and the ids that it had', async () => {
    const past = { registeredAt: 5, renewedAt: [3, 4], formerIds: ['a', 'b'] };
    await save({ ...identity, ...past });
    expect(await load()).toMatchObject(past);
  });

  it('refuses a file that every user can read: it holds a private key', async () => {
    await save();
    const path = join(stateDir, 'identity.json');
    for (const readable of [0o604, 0o644]) {
      await chmod(path, readable);
      await expect(load()).rejects.toThrow(`chmod 600 ${path}`);
    }
    await chmod(path, 0o640);
    expect((await load())?.token).toBe('a.b.c');
  });

  it('makes a file that was readable private again', async () => {
    await save();
    await chmod(join(stateDir, 'identity.json'), 0o644);
    await save();
    expect(await mode(join(stateDir, 'identity.json'))).toBe(0o600);
  });

  it.each([
    ['cut off', '{"collectorId": "6f0c", "token": "secr'],
    ['empty', ''],
    ['of another form', '{"token": 1}'],
    ['no object', '"secret"'],
  ])('refuses a file that is %s, without quoting or overwriting it', async (_, text) => {
    await save();
    const path = join(stateDir, 'identity.json');
    await writeFile(path, text);
    const error: unknown = await load().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(FileError);
    expect((error as Error).message).toContain('is damaged');
    expect((error as Error).message).not.toContain('secr');
    expect(await readFile(path, 'utf8')).toBe(text);
  });

  it('reports a folder that cannot be written, with the remedy', async () => {
    await writeFile(stateDir, 'a file is in the way');
    const error: unknown = await save().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(FileError);
    expect((error as Error).message).toContain('chown');
    expect((error as Error).message).not.toContain('secret');
  });

  it('cloned state directory: is foreign on another machine, and stays that until it is replaced', async () => {
    await save();
    expect(await load()).not.toHaveProperty('foreign');
    const copied = await load('there');
    expect(copied).toMatchObject({ foreign: true, token: 'a.b.c' });
    await save({ ...copied!, renewedAt: [1] }, 'there');
    expect(await load('there')).toMatchObject({ foreign: true });
    await save(identity, 'there');
    expect(await load('there')).not.toHaveProperty('foreign');
  });

  it('is nobody else’s where one of the machines cannot be told', async () => {
    await save(identity, null);
    expect(await load('here')).not.toHaveProperty('foreign');
    await save(identity, 'here');
    expect(await load(null)).not.toHaveProperty('foreign');
  });

  it('refuses a FIFO in the place of the file, at once', async () => {
    await save();
    await rm(join(stateDir, 'identity.json'));
    execFileSync('mkfifo', [join(stateDir, 'identity.json')]);
    await expect(load()).rejects.toThrow('is not a regular file');
  });
});
