import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Meets, diskError } from './fakeDisk.ts';
import { FOLDER, Runs } from './runs.ts';

/*
 * The spool against a model: a log whose lines must all be stored, each under one id, whatever happens to process and
 * disk in between. A failure shrinks to a script of commands.
 */

type Command =
  | { readonly do: 'append'; readonly lines: number }
  | { readonly do: 'send' | 'lose answer' | 'suspect' | 'reject' | 'split' | 'wake' | 'restart' }
  | { readonly do: 'lose power'; readonly keep: number }
  /** The operation after so many others ends the process; `done`: it was carried out. */
  | { readonly do: 'crash at'; readonly operation: number; readonly done: boolean }
  | { readonly do: 'fail at'; readonly operation: number; readonly code: 'EIO' | 'ENOSPC' }
  | { readonly do: 'disk full'; readonly left: number }
  | { readonly do: 'disk free' };

const word = <const W extends string>(name: W, weight: number) => ({
  weight,
  arbitrary: fc.constant({ do: name }),
});
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      lines: fc.integer({ min: 1, max: 6 }),
    }),
  },
  word('send', 6),
  word('lose answer', 2),
  word('suspect', 1),
  word('reject', 1),
  word('split', 2),
  word('wake', 2),
  word('restart', 2),
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('lose power' as const),
      keep: fc.double({ min: 0, max: 0.999, noNaN: true }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('crash at' as const),
      operation: fc.nat(14),
      done: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('fail at' as const),
      operation: fc.nat(14),
      code: fc.constantFrom('EIO' as const, 'ENOSPC' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('disk full' as const), left: fc.nat(400) }),
  },
  word('disk free', 1),
);

/** What operations meet: the planned one its fault, then nothing. */
function plan(runs: Runs, after: number, meets: Meets): void {
  let left = after;
  runs.disk.meets = (operation) => {
    if (operation === 'space') return null;
    // What cannot be read is set aside at a start: that is the test of damage.
    if (meets && !('crash' in meets) && /read|list/.test(operation)) return null;
    if (left-- > 0) return null;
    runs.disk.meets = () => null;
    return meets;
  };
}

async function carryOut(runs: Runs, step: Command): Promise<void> {
  switch (step.do) {
    case 'append':
      return runs.append(step.lines);
    case 'send':
      return runs.send();
    case 'lose answer':
      await runs.send(true);
      return runs.restart();
    case 'suspect':
      return runs.refuse('suspect');
    case 'reject':
      // What the backend has it does not reject.
      if (runs.offered && !runs.stored.has(runs.offered.id)) await runs.refuse('HTTP 400');
      return;
    case 'split':
      return runs.split();
    case 'wake':
      return runs.wake();
    case 'restart':
      return runs.restart();
    case 'lose power':
      runs.disk.losePower(step.keep);
      runs.died();
      return runs.start();
    case 'crash at':
      plan(runs, step.operation, { crash: true, done: step.done });
      return;
    case 'fail at':
      plan(runs, step.operation, diskError(step.code));
      return;
    case 'disk full':
      runs.disk.capacity = runs.disk.used() + step.left;
      return;
    case 'disk free':
      runs.disk.capacity = Infinity;
  }
}

/** All faults are over: what waits gets through, and what stood on the shelf of suspects too. */
async function finish(runs: Runs): Promise<void> {
  runs.disk.meets = () => null;
  runs.disk.capacity = Infinity;
  if (!runs.spool) await runs.restart();
  await runs.drain();
  await runs.restart();
  const files = runs.disk.mount();
  for (const name of runs.disk.names(`${FOLDER}/suspect`)) {
    await files.rename(`${FOLDER}/suspect/${name}`, `${FOLDER}/${name}`);
  }
  await runs.restart();
  await runs.drain();
}

describe('durableSpool', () => {
  it('loses no line and stores none under two ids, whatever ends the process or fails on the disk', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 30, size: 'max' }), async (script) => {
        const runs = new Runs();
        await runs.start();
        for (const step of script) {
          await carryOut(runs, step);
          if (!runs.spool) await runs.restart();
        }
        await finish(runs);
        const counts = runs.counts();
        const gone = new Set(runs.gone);
        const problems = Array.from({ length: runs.next }, (_, line) => line).filter(
          (line) => counts.get(line) !== 1 && !(gone.has(line) && !counts.has(line)),
        );
        expect(problems.map((line) => `line ${line}: ${counts.get(line) ?? 0} times`)).toEqual([]);
        expect(Math.max(-1, ...counts.keys())).toBeLessThan(runs.next);
        expect(runs.newest()?.ledger.spooled ?? 0).toBe(runs.next);
      }),
      { numRuns: Number(process.env['PGANALYTICS_SPOOL_RUNS'] ?? 400) },
    );
  }, 120_000);
});
