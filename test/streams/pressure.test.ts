import { BehaviorSubject, Observable, interval, map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { memorySpool } from '../../src/io/memorySpool.ts';
import type { LogChunk, LogMark, Logs } from '../../src/ports/logs.ts';
import type { OpenSpool, Spool } from '../../src/ports/spool.ts';
import { pgLog } from '../../src/sources/pg_log/pgLog.ts';
import { simulate } from '../support/simulate.ts';

const text = `
[collector]
push_interval = 10
[[postgres]]
name = "main"
host = "db.test"
[pg_log]
interval = 10
directory = "/log"
format = "jsonlog"
start_at = "beginning"
`;
/** Of a line, in bytes. */
const LINE = 16_384;
/** What the port reads ahead of what needs no care any more. */
const AHEAD = 20 * LINE;

const lineOf = (n: number): string =>
  `${JSON.stringify({
    timestamp: `${new Date(n * 1_000).toISOString().slice(0, 23).replace('T', ' ')} UTC`,
    pid: 7,
    error_severity: 'ERROR',
    message: `line ${n} ${'x'.repeat(LINE - 200)}`,
  }).padEnd(LINE - 1)}\n`;

/** A log that gets a line a second, read as far ahead of the newest mark as the port may; `read` is told of each line. */
function growing(read: (offset: number) => void): { readonly logs: Logs } {
  function logs(_: unknown, mark$: Observable<LogMark | undefined>): Observable<LogChunk> {
    return new Observable((subscriber) => {
      let durable = 0;
      let offset = 0;
      subscriber.add(mark$.subscribe((mark) => (durable = Math.max(durable, mark?.offset ?? 0))));
      subscriber.add(
        interval(1_000).subscribe(() => {
          if (offset - durable >= AHEAD) return;
          read(offset);
          subscriber.next(chunkAt(offset));
          offset += LINE;
        }),
      );
    });
  }
  const port: { readonly logs: Logs } = { logs };
  return port;
}

const chunkAt = (offset: number): LogChunk => ({
  file: 'postgresql.json',
  fileId: 'f',
  offset,
  end: offset + LINE,
  bytes: Buffer.from(lineOf(offset / LINE)),
  starts: [offset],
  cut: false,
  modifiedMs: 0,
  print: String(offset + LINE),
});

function pressed(pressure$: Observable<boolean>): { readonly spool: OpenSpool } {
  function spool(limits: { readonly maxBytes: number }): Observable<Spool> {
    return memorySpool(limits).pipe(
      map((kept) => {
        const { marks, recovered, entries$, waiting$, evicted$, news$, aside } = kept;
        return {
          ...{ marks, recovered, entries$, waiting$, evicted$, news$, aside, pressure$ },
          append: (one) => kept.append(one),
          read: (entry) => kept.read(entry),
          settle: (entry, fate) => kept.settle(entry, fate),
          close: () => kept.close(),
        } satisfies Spool;
      }),
    );
  }
  const port: { readonly spool: OpenSpool } = { spool };
  return port;
}

describe('a spool under pressure', () => {
  it('pauses pg_log at its mark, and lets it go on: the files are the queue', () => {
    const pressure$ = new BehaviorSubject(false);
    const reads: number[] = [];
    let [paused, stillPaused] = [0, 0];
    const run = simulate({
      sources: [pgLog],
      text,
      ports: { replace: { ...growing((offset) => reads.push(offset)), ...pressed(pressure$) } },
      script: {
        100_500: () => pressure$.next(true),
        400_500: () => (paused = reads.length),
        600_500: () => {
          stillPaused = reads.length;
          pressure$.next(false);
        },
      },
      stopAtMs: 700_500,
    });
    // 2 MiB of entries that are not durable, and what the port reads ahead.
    expect(paused).toBeGreaterThan(100);
    expect(paused).toBeLessThan(300);
    expect(stillPaused).toBe(paused);
    expect(reads.length).toBeGreaterThan(stillPaused + 90);
    const lines = run.backend
      .metrics('pg_log')
      .flatMap(({ entries }) => (entries as { message: string }[]).map(({ message }) => message));
    expect(lines.map((line) => Number(line.split(' ')[1]))).toEqual(reads.map((at) => at / LINE));
    expect(run.books.dropped).toEqual({});
  });
});
