import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NEVER } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configFile } from '../../../src/io/config/configFile.ts';

let path: string;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pganalytics-looks-'));
  path = join(folder, 'collector.toml');
  await writeFile(path, 'a = 1\n');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('folderLooks', () => {
  it('sees a change that came after the first reading and before the watching began', async () => {
    const readings$ = configFile.follow(path, NEVER);
    const texts: string[] = [];
    const running = readings$.subscribe((reading) => {
      texts.push('text' in reading ? reading.text : reading.problem);
      if (texts.length > 1) return;
      // The watching begins only when this first reading has been handed on.
      writeFileSync(`${path}.new`, 'a = 2\n');
      renameSync(`${path}.new`, path);
    });
    try {
      await expect.poll(() => texts, { timeout: 5_000 }).toEqual(['a = 1\n', 'a = 2\n']);
    } finally {
      running.unsubscribe();
    }
  });
});
