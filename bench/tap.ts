import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzip as zlibGzip } from 'node:zlib';
import { Subject } from 'rxjs';
import { tapServed } from '../src/commands/tapServed.ts';
import { codec } from '../src/schema/codec.ts';
import type { Config } from '../src/schema/config.ts';
import { int64, list, number, record, text } from '../src/schema/fields.ts';
import type { Entry } from '../src/schema/journal.ts';
import { type Metric, metricSchema } from '../src/schema/metric.ts';
import { everything } from '../src/tap/selection.ts';
import { cpuMs, median } from './figures.ts';
import { type Result, claim } from './result.ts';

/** A reading of one database with its tables: what most bytes of an agent are. */
const schema = metricSchema('bench', 'a reading of 50 tables', {
  server: text('server'),
  database: text('database'),
  commits: int64('counter'),
  tables: list(
    record({
      schema: text('schema'),
      name: text('name'),
      scans: int64('counter'),
      ratio: number('gauge'),
    }),
    'tables',
  ),
});
const check = codec(schema);
const compress = promisify(zlibGzip);
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const batch = (round: number): Metric[] =>
  Array.from({ length: 100 }, (_, index) => ({
    type: 'bench',
    timestamp: '2026-01-02T03:04:05.678Z',
    server: 'main',
    database: `db_${index}`,
    commits: round * 1_000 + index * 37,
    tables: Array.from({ length: 50 }, (__, table) => ({
      schema: 'public',
      name: `table_${table}`,
      scans: round * table,
      ratio: table / 50,
    })),
  }));

/** Validates, notes and packs a batch as the agent does: the way of delivery up to the wire. */
async function deliver(journal$: Subject<Entry>, metrics: readonly Metric[]): Promise<void> {
  let seq = 0;
  const lines = metrics.map((metric) => {
    journal$.next({ at: 'source', unit: 'main/bench', metric });
    const checked = check(metric);
    if ('problem' in checked) throw new Error(checked.problem);
    const { json } = checked;
    const line = {
      seq: seq++,
      unit: 'main/bench',
      type: 'bench',
      json,
      bytes: Buffer.byteLength(json),
    };
    journal$.next({ at: 'validated', line, metric });
    return json;
  });
  await compress(`[${lines.join(',')}]`, { level: 6 });
}

/** A reader of everything in a process of its own: attaches and detaches as it is told on stdin. */
const readerScript = (path: string): string => `
  let socket;
  require('readline').createInterface({ input: process.stdin }).on('line', (word) => {
    if (word === 'off') return socket.destroy() && console.log('off');
    socket = require('net').connect(${JSON.stringify(path)});
    socket.write(${JSON.stringify(`${JSON.stringify(everything)}\n`)});
    socket.once('data', () => console.log('on'));
    socket.resume();
  });`;

/** Batches after each change that are not measured. */
const WARM = 10;

/**
 * CPU of delivery with a tap attached that reads all, against none: blocks by turns, each compared with the ones before and
 * behind it, since a busy machine changes its pace. Batches come as fast as they go.
 */
export async function benchTap(watches = 20, rounds = 100): Promise<Result[]> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-tap-'));
  const journal$ = new Subject<Entry>();
  const state = {
    collector: { state_dir: folder },
    tap: { enabled: true, history_bytes: 1_048_576 },
  };
  const log = { write: () => undefined, configure: () => undefined };
  const served = journal$.pipe(tapServed({ config: state as unknown as Config, log })).subscribe();
  await new Promise((resolve) => setTimeout(resolve, 200));
  const reader = spawn(process.execPath, ['-e', readerScript(join(folder, 'tap.sock'))], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const tell = async (word: 'on' | 'off'): Promise<void> => {
    reader.stdin.write(`${word}\n`);
    await once(reader.stdout, 'data');
  };
  const block = async (): Promise<number> => {
    // What waits for a reader fills once, and is garbage once: that is no matter of throughput.
    for (let round = 0; round < WARM; round++) await deliver(journal$, batch(round));
    collectGarbage();
    const before = process.cpuUsage();
    for (let round = 0; round < rounds; round++) await deliver(journal$, batch(round));
    return cpuMs(before) / rounds;
  };
  try {
    const without: number[] = [];
    const ratios: number[] = [];
    let before = await block();
    for (let watch = 0; watch < watches; watch++) {
      await tell('on');
      const watched = await block();
      await tell('off');
      const behind = await block();
      // The first ones warm the compiler.
      if (watch > 1) {
        without.push(behind);
        ratios.push((2 * watched) / (before + behind));
      }
      before = behind;
    }
    const least = median(without);
    return [
      claim({
        what: 'a tap attached',
        ours: least * median(ratios),
        least,
        unit: 'ms of CPU a batch of 100 metrics',
        against: 'delivery without a tap',
        most: 1.03,
        how: `median of ${ratios.length} blocks of ${rounds} batches of 100 metrics of 50 tables, validated, noted, compressed, as fast as they go, with a reader of all, each against the mean of the blocks before and behind it without`,
      }),
    ];
  } finally {
    reader.kill('SIGKILL');
    served.unsubscribe();
    await rm(folder, { recursive: true, force: true });
  }
}
