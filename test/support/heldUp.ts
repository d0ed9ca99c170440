import { setTimeout as wait } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { DevPostgres } from '../../dev/postgres.ts';

/**
 * Asks a server for nothing but an answer, over and over, until the test ends.
 *
 * @returns how long this machine held up such a question since a moment (`performance.now()`), at most, in ms
 */
export function heldUp(dev: DevPostgres): (since: number) => number {
  const asked: { readonly at: number; readonly tookMs: number }[] = [];
  const over = new AbortController();
  const ask = async (): Promise<void> => {
    const client = await dev.connect();
    client.on('error', () => undefined);
    over.signal.addEventListener('abort', () => void client.end().catch(() => undefined));
    while (!over.signal.aborted) {
      const at = performance.now();
      await client.query('SELECT 1');
      await wait(50);
      asked.push({ at, tookMs: performance.now() - at - 50 });
    }
  };
  // Where it is not let in it says nothing.
  void ask().catch(() => undefined);
  onTestFinished(() => over.abort());
  return (since) =>
    asked.reduce((most, { at, tookMs }) => (at < since ? most : Math.max(most, tookMs)), 0);
}
