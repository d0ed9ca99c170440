import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
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

/** CPU of delivery with a tap attached that reads all, against none, in turn; batches come as fast as they go. */
export async function benchTap(rounds = 200): Promise<Result[]> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-tap-'));
  const journal$ = new Subject<Entry>();
  const state = {
    collector: { state_dir: folder },
    tap: { enabled: true, history_bytes: 4_194_304 },
  };
  const log = { write: () => undefined, configure: () => undefined };
  const served = journal$.pipe(tapServed({ config: state as unknown as Config, log })).subscribe();
  const request = JSON.stringify(everything);
  const script =
    `const s=require('net').connect(${JSON.stringify(join(folder, 'tap.sock'))});` +
    `s.write(${JSON.stringify(`${request}\n`)});s.once('data',()=>console.log('on'));s.resume()`;
  try {
    await new Promise((resolve) => setTimeout(resolve, 200));
    const cpu = { without: [] as number[], with: [] as number[] };
    for (let block = 0; block < 10; block++) {
      const reader = block % 2 === 0 ? null : spawn(process.execPath, ['-e', script]);
      if (reader) await once(reader.stdout, 'data');
      const into = reader ? cpu.with : cpu.without;
      for (let round = 0; round < rounds / 5; round++) {
        const before = process.cpuUsage();
        await deliver(journal$, batch(round));
        // The first block warms the compiler.
        if (block > 1) into.push(cpuMs(before));
      }
      if (reader) {
        reader.kill('SIGKILL');
        await once(reader, 'close');
      }
    }
    return [
      claim({
        what: 'a tap attached',
        ours: median(cpu.with),
        least: median(cpu.without),
        unit: 'ms of CPU a batch of 100 metrics',
        against: 'delivery without a tap',
        most: 1.03,
        how: `${rounds} batches of 100 metrics of 50 tables, validated, noted, compressed, as fast as they go; a reader of all in blocks by turns`,
      }),
    ];
  } finally {
    served.unsubscribe();
    await rm(folder, { recursive: true, force: true });
  }
}
