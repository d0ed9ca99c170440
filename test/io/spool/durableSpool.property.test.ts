import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readHeaderLine } from '../../../src/io/spool/headerLine.ts';
import { type Meets, diskError } from './fakeDisk.ts';
import { FOLDER, Runs, quiet } from './runs.ts';

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
  | { readonly do: 'disk free' | 'retry aside' }
  | { readonly do: 'damage'; readonly file: number; readonly what: 'header' | 'body' | 'end' };

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
      operation: fc.nat(20),
      code: fc.constantFrom('EIO' as const, 'ENOSPC' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('disk full' as const), left: fc.nat(400) }),
  },
  word('disk free', 1),
  word('retry aside', 1),
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('damage' as const),
      file: fc.nat(20),
      what: fc.constantFrom('header' as const, 'body' as const, 'end' as const),
    }),
  },
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

/**
 * Damages a payload that waits. The header of the newest is spared, and of the one that would be it after a loss of power:
 * without it sources resume further back, and say so.
 */
function damage(runs: Runs, file: number, what: 'header' | 'body' | 'end'): void {
  const names = runs.disk.names(FOLDER).filter((name) => name.endsWith('.payload'));
  const name = names[file % names.length];
  const head = name && readHeaderLine(runs.disk.bytes(`${FOLDER}/${name}`));
  if (!head || typeof head === 'string') return;
  const { sequence, id } = head.header;
  if (what === 'header' && sequence >= (runs.newestDurable()?.sequence ?? 0)) return;
  // A header that cannot be read names no payload, and a crash may come between setting aside and telling of it.
  runs.lost(id);
  runs.disk.corrupt(`${FOLDER}/${name}`, (data) => {
    if (what === 'end') return data.subarray(0, -1);
    const at = what === 'header' ? 5 : data.length - 1;
    data[at] = data[at]! ^ 1;
    return data;
  });
}

async function retryAside(runs: Runs): Promise<void> {
  const names = runs.disk.names(`${FOLDER}/dead`).map((name) => `dead/${name}`);
  runs.spool?.aside.retry(names).subscribe();
  await quiet();
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
      return;
    case 'retry aside':
      return retryAside(runs);
    case 'damage':
      damage(runs, step.file, step.what);
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
