import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileError } from '../../src/errors.ts';
import { readRecordingFile } from '../../src/io/readRecordingFile.ts';
import { openRecording } from '../../src/io/recordingFile.ts';
import { MIN_RECORDING_BYTES } from '../../src/schema/minRecordingBytes.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recording-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const options = {
  maxBytes: 1_000_000,
  truncated: () => '{"stream":"truncated"}',
  onError: (error: FileError) => {
    throw error;
  },
};

describe('openRecording', () => {
  it.each(['a.ndjson', 'a.ndjson.gz'])('writes %s, private, and reads it again', async (name) => {
    const path = join(folder, name);
    const file = openRecording(path, options);
    for (let n = 0; n < 100; n++) expect(file.write(`{"n":${n}}`)).toBe(true);
    await lastValueFrom(file.close());
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const text = await lastValueFrom(readRecordingFile(path));
    expect(text.split('\n')).toHaveLength(101);
    const [magic] = await readFile(path);
    expect(magic === 0x1f).toBe(name.endsWith('.gz'));
  });

  it('replaces no file and follows no link to one', async () => {
    const path = join(folder, 'a.ndjson');
    await writeFile(path, 'mine');
    expect(() => openRecording(path, options)).toThrow(`${path} exists`);
    expect(await readFile(path, 'utf8')).toBe('mine');
  });

  it('ends at its bound with a last line that says so', async () => {
    const path = join(folder, 'a.ndjson');
    const file = openRecording(path, { ...options, maxBytes: MIN_RECORDING_BYTES });
    let written = 0;
    while (file.write('x'.repeat(100))) written++;
    expect(file.write('more')).toBe(false);
    await lastValueFrom(file.close());
    const text = await readFile(path, 'utf8');
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MIN_RECORDING_BYTES);
    expect(text.trimEnd().split('\n')).toHaveLength(written + 1);
    expect(text.endsWith('{"stream":"truncated"}\n')).toBe(true);
  });

  it('names the file that cannot be made or read', async () => {
    const path = join(folder, 'none', 'a.ndjson');
    expect(() => openRecording(path, options)).toThrow(FileError);
    await expect(lastValueFrom(readRecordingFile(path))).rejects.toThrow(path);
  });

  it('is read as far as it goes where the recorder was killed', async () => {
    const path = join(folder, 'a.ndjson.gz');
    const file = openRecording(path, options);
    // Enough for several blocks: what is in none that was finished is lost.
    for (let n = 0; n < 20_000; n++) file.write(JSON.stringify({ n, text: Math.sin(n) }));
    await lastValueFrom(file.close());
    const whole = await readFile(path);
    await writeFile(path, whole.subarray(0, whole.length / 2));
    const text = await lastValueFrom(readRecordingFile(path));
    expect(text.startsWith('{"n":0,')).toBe(true);
  });
});
