import { promisify } from 'node:util';
import { gzip as zlibGzip } from 'node:zlib';
import { EMPTY, from, lastValueFrom, map, of, toArray } from 'rxjs';
import { bufferWindow } from '../src/operators/bufferWindow.ts';
import { gzip } from '../src/operators/gzip.ts';
import { validate } from '../src/operators/validate.ts';
import { codec } from '../src/schema/codec.ts';
import { int64, nullable, number, text } from '../src/schema/fields.ts';
import { type Metric, metricSchema } from '../src/schema/metric.ts';
import { cpuMs, median } from './cpu.ts';

/** A metric of about 130 bytes, as the specification counts (1,000 metrics are 100 to 150 kB). */
const schema = metricSchema('bench', 'a small metric', {
  server: text('server'),
  database: text('database'),
  commits: int64('counter'),
  rollbacks: int64('counter'),
  ratio: number('gauge'),
  reset: nullable(text('moment')),
});

const batch = (round: number): Metric[] =>
  Array.from({ length: 1_000 }, (_, index) => ({
    type: 'bench',
    timestamp: '2026-01-02T03:04:05.678Z',
    server: 'main',
    database: `db_${index % 40}`,
    commits: round * 1_000 + index * 37,
    rollbacks: index,
    ratio: index / 1_000,
    reset: null,
  }));

const check = codec(schema);

const compress = promisify(zlibGzip);

/** The least that any collector must do with the same metrics: stringify the batch, gzip it. */
async function floor(metrics: readonly Metric[]): Promise<number> {
  return (await compress(JSON.stringify(metrics), { level: 1 })).length;
}

/** The collector's path: validate, window, encode, gzip. */
async function pipeline(metrics: readonly Metric[]): Promise<number> {
  const limits$ = of({ maxAgeMs: 60_000, maxBytes: 1e9, maxCount: 1e6, capacityBytes: 1e9 });
  const [size = 0] = await lastValueFrom(
    from(metrics).pipe(
      validate(
        (metric: Metric) => {
          const checked = check(metric);
          return 'json' in checked ? { ok: checked.json } : checked;
        },
        (_, problem) => {
          throw new Error(problem);
        },
      ),
      bufferWindow({ limits$, bytes: Buffer.byteLength, onDrop: () => EMPTY }, (window) =>
        of(`[${window.join(',')}]`).pipe(
          gzip({}),
          map((body) => body.length),
        ),
      ),
      toArray(),
    ),
  );
  return size;
}

/** CPU per 1,000 metrics through validate → window → encode → gzip, against JSON.stringify + gzip, in turn. */
export async function benchPipeline(rounds = 60): Promise<void> {
  const cpu = { floor: [] as number[], pipeline: [] as number[] };
  const sizes = { floor: 0, pipeline: 0 };
  for (let round = 0; round < rounds + 20; round++) {
    const metrics = batch(round);
    for (const [name, work] of [
      ['floor', floor],
      ['pipeline', pipeline],
    ] as const) {
      const before = process.cpuUsage();
      sizes[name] = await work(metrics);
      // The first rounds warm the compiler.
      if (round >= 20) cpu[name].push(cpuMs(before));
    }
  }
  if (Math.abs(sizes.floor - sizes.pipeline) > 8)
    throw new Error('the two did not compress the same');
  const [least, ours] = [median(cpu.floor), median(cpu.pipeline)];
  console.log(
    `pipeline: floor ${least.toFixed(2)} ms, validate → window → encode → gzip ${ours.toFixed(2)} ms per 1,000 metrics, ` +
      `ratio ${(ours / least).toFixed(2)} (at most 1.5), ${rounds} rounds in turn`,
  );
}
