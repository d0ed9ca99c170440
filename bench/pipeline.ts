import { promisify } from 'node:util';
import { gzip as zlibGzip } from 'node:zlib';
import { Observable, Subject, firstValueFrom, map, of } from 'rxjs';
import { bufferWindow } from '../src/operators/bufferWindow.ts';
import { gzip } from '../src/operators/gzip.ts';
import { validate } from '../src/operators/validate.ts';
import { codec } from '../src/schema/codec.ts';
import { writeWindow } from '../src/schema/envelope.ts';
import { int64, nullable, number, text } from '../src/schema/fields.ts';
import { type Metric, metricSchema } from '../src/schema/metric.ts';
import { cpuMs, median } from './figures.ts';
import { type Result, claim } from './result.ts';

/** A metric of about 130 bytes, as the specification counts (1,000 metrics are 100 to 150 kB). */
const schema = metricSchema('bench', 'a small metric', {
  server: text('server'),
  database: text('database'),
  commits: int64('counter'),
  rollbacks: int64('counter'),
  ratio: number('gauge'),
  reset: nullable(text('moment')),
});

const COUNT = 1_000;

const batch = (round: number): Metric[] =>
  Array.from({ length: COUNT }, (_, index) => ({
    type: 'bench',
    timestamp: '2026-01-02T03:04:05.678Z',
    server: 'main',
    database: `db_${index % 40}`,
    commits: round * 1_000 + index * 37,
    rollbacks: index,
    ratio: index / 1_000,
    reset: null,
  }));

const head = {
  collector_id: 'bench',
  hostname: 'bench',
  timestamp: '2026-01-02T03:04:05.678Z',
  version: '1',
};

const compress = promisify(zlibGzip);

/** The least that any collector must do with the same metrics: stringify the body, gzip it. */
async function floor(metrics: readonly Metric[]): Promise<number> {
  const body = JSON.stringify({ ...head, metrics_count: metrics.length, metrics });
  return (await compress(body, { level: 1 })).length;
}

/** The collector's path, subscribed to once as in the agent: validate, window, encode, gzip. */
function pipeline(): (metrics: readonly Metric[]) => Promise<number> {
  const check = codec(schema);
  // What feeds it is no part of it: a subject allocates several times as much for each value as the operators do.
  let feed: ((metric: Metric) => void) | undefined;
  const metrics$ = new Observable<Metric>((out) => {
    feed = (metric) => {
      out.next(metric);
    };
  });
  const sizes$ = new Subject<number>();
  const limits$ = of({ maxAgeMs: 60_000, maxBytes: 1e9, maxCount: COUNT, capacityBytes: 1e9 });
  metrics$
    .pipe(
      validate(
        (metric) => {
          const checked = check(metric);
          return 'problem' in checked ? checked : { ok: checked };
        },
        (_, problem) => {
          throw new Error(problem);
        },
      ),
      bufferWindow({ limits$, bytes: ({ bytes }) => bytes, onDrop: () => undefined }, (window) =>
        of(writeWindow(head, window)).pipe(
          gzip(),
          map((body) => body.length),
        ),
      ),
    )
    .subscribe(sizes$);
  return (metrics) => {
    const size = firstValueFrom(sizes$);
    for (const metric of metrics) feed?.(metric);
    return size;
  };
}

const BLOCK = 20;

/**
 * CPU per 1,000 metrics through validate → window → encode → gzip, against JSON.stringify and gzip. Both take blocks of
 * batches in turn, so that each pays for collecting its own garbage.
 */
export async function benchPipeline(blocks = 30): Promise<Result[]> {
  const works = { floor, pipeline: pipeline() };
  const cpu = { floor: [] as number[], pipeline: [] as number[] };
  // The first half warms the compiler.
  for (let block = -blocks; block < blocks; block++) {
    const batches = Array.from({ length: BLOCK }, (_, index) =>
      batch((blocks + block) * BLOCK + index),
    );
    const sizes = { floor: 0, pipeline: 0 };
    for (const name of block % 2 ? names : names.toReversed()) {
      const before = process.cpuUsage();
      for (const metrics of batches) sizes[name] += await works[name](metrics);
      if (block >= 0) cpu[name].push(cpuMs(before) / BLOCK);
    }
    if (sizes.floor !== sizes.pipeline) {
      throw new Error(
        `the two compressed different bodies: ${sizes.floor}, ${sizes.pipeline} bytes`,
      );
    }
  }
  return [
    claim({
      what: 'CPU of validate → window → encode → gzip, per 1,000 metrics of 130 bytes',
      ours: median(cpu.pipeline),
      least: median(cpu.floor),
      unit: 'ms',
      against: 'JSON.stringify and gzip level 1',
      most: 1.5,
      how: `medians of ${blocks} blocks of ${BLOCK} batches each, in turn`,
    }),
  ];
}

const names = ['floor', 'pipeline'] as const;
