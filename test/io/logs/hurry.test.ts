import { expect, it } from 'vitest';
import { logDirectory, until } from '../../support/logDirectory.ts';

const { write, start } = logDirectory();

const line = `${'x'.repeat(99)}\n`;

it('hurries as long as much is read without reaching the end', async () => {
  write('a.log', line.repeat(100_000));
  let hurried = 0;
  const following = start({}, { hurry: () => hurried++ });
  await until(() => expect(following.chunks.at(-1)?.end).toBe(10_000_000));
  expect(hurried).toBeGreaterThan(50);
  expect(hurried).toBeLessThan(following.chunks.length);
});

it('never hurries where the end is reached again and again, however much comes in all', async () => {
  let hurried = 0;
  const following = start({}, { hurry: () => hurried++ });
  for (let round = 1; round <= 6; round++) {
    write('a.log', line.repeat(10_000));
    await until(() => expect(following.chunks.at(-1)?.end).toBe(round * 1_000_000));
  }
  expect(hurried).toBe(0);
});
