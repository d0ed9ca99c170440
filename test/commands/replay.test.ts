import { fileURLToPath } from 'node:url';
import { NEVER, lastValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { replay } from '../../src/commands/replay.ts';
import type { World } from '../../src/commands/world.ts';
import { cli } from '../../src/cli.ts';
import { exitCodes } from '../../src/exitCodes.ts';

const file = fileURLToPath(new URL('../recordings/backend-503.ndjson', import.meta.url));

/** What a replay prints, and what it says beside. */
async function printed(...flags: string[]): Promise<{ text: string; said: string[] }> {
  const command = cli(['replay', file, ...flags], '1.2.3');
  if (command.is !== 'replay') throw new Error(command.is);
  const texts: string[] = [];
  const said: string[] = [];
  const world: World = {
    stop$: NEVER,
    reload$: NEVER,
    log: { write: ({ message }) => said.push(message), configure: () => undefined },
    output: {
      write: (text) => texts.push(text),
      print: (text) => texts.push(text),
      skipped: () => undefined,
      width: () => 100,
      isTerminal: false,
    },
    environment: {},
  };
  expect(await lastValueFrom(replay(command, world))).toBe(exitCodes.ok);
  return { text: texts.join('\n'), said };
}

describe('replay', () => {
  it('at once gives the same output each time, byte for byte', async () => {
    const flags = ['--instant', '--tap', '--format', 'ndjson'];
    const first = await printed(...flags);
    expect(first.text.split('\n').length).toBeGreaterThan(10);
    expect((await printed(...flags)).text).toBe(first.text);
    expect(first.said.join('\n')).toMatch(/HTTP 503[^]*works again[^]*delivered 23/);
  });

  it('in faster real time tells the same metrics', async () => {
    const flags = ['--tap', '--format', 'ndjson'];
    const instant = await printed('--instant', ...flags);
    const fast = await printed('--speed', '40x', ...flags);
    expect(fast.text.split('\n')).toHaveLength(instant.text.split('\n').length);
  });

  it('with --dry-run prints each push body', async () => {
    const { text } = await printed('--instant', '--dry-run');
    const bodies = text.split('\n').map((line) => JSON.parse(line) as { metrics: unknown[] });
    expect(bodies.flatMap(({ metrics }) => metrics)).toHaveLength(23);
  });
});
