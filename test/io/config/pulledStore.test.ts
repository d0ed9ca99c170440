import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileError } from '../../../src/errors.ts';
import { pulledStore } from '../../../src/io/config/pulledStore.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pganalytics-pulled-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const pulled = { text: '[sysstat]\ninterval = 5\n', version: 7 };

describe('pulledStore', () => {
  it('gives back what was saved last, in a private file', async () => {
    const store = pulledStore(join(folder, 'state'));
    expect(await lastValueFrom(store.load())).toBeNull();
    await lastValueFrom(store.save({ text: 'old', version: null }));
    await lastValueFrom(store.save(pulled));
    expect(await lastValueFrom(pulledStore(join(folder, 'state')).load())).toEqual(pulled);
    expect((await stat(join(folder, 'state', 'pulled.json'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'state'))).mode & 0o777).toBe(0o700);
    expect(await readdir(join(folder, 'state'))).toEqual(['pulled.json']);
  });

  it('forgets it, also twice', async () => {
    const store = pulledStore(folder);
    await lastValueFrom(store.save(pulled));
    await lastValueFrom(store.save(null));
    await lastValueFrom(store.save(null));
    expect(await lastValueFrom(store.load())).toBeNull();
  });

  it.each(['', '{"text":', '{"text":5}', 'null'])(
    'takes the damaged file %j for none',
    async (text) => {
      await writeFile(join(folder, 'pulled.json'), text);
      expect(await lastValueFrom(pulledStore(folder).load())).toBeNull();
    },
  );

  it('errors with FileError where it cannot read or write', async () => {
    await writeFile(join(folder, 'file'), '');
    const store = pulledStore(join(folder, 'file'));
    await expect(lastValueFrom(store.load())).rejects.toThrow(FileError);
    await expect(lastValueFrom(store.save(pulled))).rejects.toThrow(FileError);
  });
});
