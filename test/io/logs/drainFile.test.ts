import { expect, it } from 'vitest';
import { allowance } from '../../../src/io/logs/allowance.ts';
import { drainFile } from '../../../src/io/logs/drainFile.ts';
import type { FileQueue } from '../../../src/io/logs/fileQueue.ts';
import type { LogFile, LogFolder, OpenLog } from '../../../src/io/logs/logFolder.ts';

/** Follows a file from its beginning through so many pauses; what is done in a pause is done to the file. */
async function followed(
  inPause: (pause: number, write: (text: string) => void, rewrite: (text: string) => void) => void,
) {
  let content = Buffer.from('');
  let modifiedMs = 0;
  let pauses = 0;
  let reads = 0;
  let looks = 0;
  const write = (text: string): void => {
    content = Buffer.concat([content, Buffer.from(text)]);
    modifiedMs++;
  };
  const rewrite = (text: string): void => {
    content = Buffer.from(text);
    modifiedMs++;
  };
  const file = (): LogFile => ({
    ...{ name: 'a.log', identity: '1-1', bornMs: 0 },
    ...{ size: content.length, modifiedMs },
  });
  const log: OpenLog = {
    file: file(),
    readv: (buffers, position) => {
      reads++;
      let bytesRead = 0;
      for (const buffer of buffers) bytesRead += content.copy(buffer, 0, position + bytesRead);
      return Promise.resolve({ bytesRead });
    },
    look: () => Promise.resolve((looks++, file())),
    close: () => Promise.resolve(),
  };
  const lines: string[] = [];
  /** Behind which pause each came. */
  const came: number[] = [];
  const queue: Pick<FileQueue, 'next' | 'left' | 'gaps' | 'copy' | 'others'> = {
    next: () => Promise.resolve(undefined),
    left: () => undefined,
    gaps: () => [],
    copy: () => Promise.resolve(undefined),
    others: () => [],
  };
  let isOver = false;
  await drainFile(
    {
      folder: { restMs: 0 } as LogFolder,
      queue: queue as FileQueue,
      mark: undefined,
      allowance: allowance(1_000_000),
      emit: ({ bytes }) => {
        lines.push(bytes.toString());
        came.push(pauses);
      },
      ended: () => isOver,
      finishing: () => false,
      pause: () => {
        isOver = ++pauses > 20;
        inPause(pauses, write, rewrite);
        return Promise.resolve();
      },
      hurry: () => undefined,
    },
    { log, offset: 0 },
    false,
  );
  return { lines, came, reads, looks };
}

it('looks at a file that nobody writes, and does not read it', async () => {
  const { lines, reads, looks } = await followed((pause, write) => {
    if (pause === 3) write('one\n');
    if (pause === 9) write('two\nthr');
    if (pause === 10) write('ee\n');
  });
  expect(lines).toEqual(['one\n', 'two\n', 'three\n']);
  expect(looks).toBeGreaterThanOrEqual(20);
  expect(reads).toBeLessThanOrEqual(12);
});

it('reads a file that was written anew and is as long as before, with the same end', async () => {
  const end = `${'the same '.repeat(10)}\n`;
  const { lines, came } = await followed((pause, write, rewrite) => {
    if (pause === 3) write(`first\n${end}`);
    if (pause === 9) rewrite(`other\n${end}`);
  });
  expect(lines).toEqual([`first\n${end}`, '', `other\n${end}`]);
  expect(came).toEqual([3, 9, 9]);
});
