import { describe, expect, it } from 'vitest';
import {
  type Observable,
  asyncScheduler,
  catchError,
  concat,
  concatMap,
  defer,
  from,
  map,
  merge,
  of,
  retry,
  take,
  takeUntil,
  tap,
  throwError,
  timer,
} from 'rxjs';
import { QueryError, ReplayError, TransportError, UnreachableError } from '../../src/errors.ts';
import { configFormat } from '../../src/io/config/configFormat.ts';
import { memorySpool } from '../../src/io/memorySpool.ts';
import { onReplayClock } from '../../src/io/replayClock.ts';
import { beside } from '../../src/operators/beside.ts';
import type { Ports } from '../../src/ports.ts';
import type { LogChunk } from '../../src/ports/logs.ts';
import type { Query, Row, Server } from '../../src/ports/server.ts';
import type { Recorded } from '../../src/recording/recorded.ts';
import { type Recording, readRecording } from '../../src/recording/readRecording.ts';
import { recordedPorts } from '../../src/recording/recordedPorts.ts';
import { replayedPorts } from '../../src/recording/replayedPorts.ts';
import { fakePorts } from '../support/fakePorts.ts';
import { fakeToken } from '../support/fakeTokens.ts';
import { fakeHost, held } from '../support/hostContext.ts';
import { connectionSettings } from '../support/serverContext.ts';

const START = Date.parse('2026-01-02T03:04:05.000Z');
const header = {
  recording: 1,
  startedAt: new Date(START).toISOString(),
  agent: '1.2.3',
  node: 'v20',
  platform: 'linux',
  maxBytes: 1_000_000,
  types: [],
};

/** Runs something on recorded ports, and gives what a file would hold. */
function record(ports: Partial<Ports>, use: (ports: Ports) => Observable<unknown>): Recording {
  const fakes = fakePorts({ http: () => of(), replace: ports });
  const lines: Recorded[] = [];
  onReplayClock(
    of(null).pipe(
      concatMap(() => {
        const recorded = recordedPorts(fakes.ports);
        const records$ = recorded.records({ startedAt: START, isPublic: () => true });
        return use(recorded.ports).pipe(
          beside(records$.pipe(tap(({ make }) => lines.push(make())))),
        );
      }),
    ),
    { startedAt: START, speed: Infinity },
  ).subscribe({ error: () => undefined });
  return readRecording([header, ...lines].map((line) => `${JSON.stringify(line)}\n`).join(''), 'x');
}

/** What happened in a replay, and when. */
function replay(recording: Recording, use: (ports: Ports) => Observable<unknown>): unknown[] {
  const seen: unknown[] = [];
  const at = (): number => asyncScheduler.now() - START;
  onReplayClock(
    of(null).pipe(
      concatMap(() => use(replayedPorts(recording, { spool: memorySpool, configFormat }).ports)),
    ),
    { startedAt: START, speed: Infinity },
  ).subscribe({
    next: (value) => seen.push([at(), value]),
    error: (error: unknown) => seen.push([at(), error]),
  });
  return seen;
}

const query: Query = { name: 'x/rows', sql: 'SELECT 1', lane: 'fast', timeoutMs: 1_000 };
const main$ = held(connectionSettings());

/** Asks each of the delays later, one request after the other. */
function ask(ports: Ports, delays: readonly number[], given: Query = query): Observable<unknown> {
  return ports.postgres(main$).pipe(
    take(1),
    concatMap((server) =>
      from(delays).pipe(concatMap((ms) => timer(ms).pipe(concatMap(() => server.query(given))))),
    ),
  );
}

/** A server whose nth query takes n × 10 ms. */
function counting(rows: (n: number) => Observable<readonly Row[]>): Partial<Ports> {
  let n = 0;
  const ports: Partial<Ports> = {
    postgres: () =>
      held({
        query: () => {
          const mine = ++n;
          return timer(mine * 10).pipe(concatMap(() => rows(mine)));
        },
        connection: () => ({ connectMs: n, pooler: false, local: true }),
      }),
  };
  return ports;
}

describe('requests', () => {
  it('to the console of PgBouncer are handed on, though they are not recorded', () => {
    const shown = new Map([['VERSION', { columns: ['version'], rows: [['PgBouncer 1.18']] }]]);
    const server: Server = {
      query: () => of(),
      connection: () => ({ connectMs: 1, pooler: false, local: true }),
      pgbouncer: () => of(shown),
    };
    const seen: unknown[] = [];
    record({ postgres: () => held(server) }, (ports) =>
      ports.postgres(main$).pipe(
        take(1),
        concatMap((opened) => opened.pgbouncer?.(['VERSION']) ?? of(null)),
        tap((tables) => seen.push(tables)),
      ),
    );
    expect(seen).toStrictEqual([shown]);
  });

  it('get the nth reply the nth time, as long after the request as then, whenever they ask', () => {
    const recording = record(
      counting((n) => of([[`${n}`]])),
      (ports) => ask(ports, [100, 100]),
    );
    expect(replay(recording, (ports) => ask(ports, [5, 500]))).toEqual([
      [15, [['1']]],
      [535, [['2']]],
    ]);
  });

  it('get errors of their class, with code and SQLSTATE', () => {
    const errors = [
      new QueryError('57014', 'x/rows', 'canceling statement due to statement timeout'),
      new UnreachableError('starting_up', 'the database system is starting up', '57P03'),
    ];
    for (const error of errors) {
      const recording = record(
        counting(() => throwError(() => error)),
        (ports) => ask(ports, [1]),
      );
      const [[at, revived]] = replay(recording, (ports) => ask(ports, [1])) as [[number, Error]];
      expect(at).toBe(11);
      expect(revived).toStrictEqual(error);
      expect(revived).toBeInstanceOf(error.constructor);
    }
  });

  it('without a reply left fail with an error that names the port, the request and its number', () => {
    const recording = record(
      counting(() => of([['1']])),
      (ports) => ask(ports, [1]),
    );
    const [, [, error]] = replay(recording, (ports) => ask(ports, [1, 1])) as [
      unknown,
      [number, Error],
    ];
    expect(error).toBeInstanceOf(ReplayError);
    expect(error.message).toBe(
      'the recording has no reply for postgres/main/x/rows, request 2: it holds 1',
    );
  });

  it('that were given up are unanswered again, and the next ones keep their replies', () => {
    const slow = counting((n) =>
      n === 1 ? timer(5_000).pipe(map(() => [['late']])) : of([['2']]),
    );
    function impatient(ports: Ports): Observable<unknown> {
      return ports.postgres(main$).pipe(
        take(1),
        concatMap((server) =>
          merge(
            timer(1_000).pipe(concatMap(() => server.query(query))),
            server.query(query).pipe(takeUntil(timer(500))),
          ),
        ),
      );
    }
    const recording = record(slow, impatient);
    expect(recording.records.map(({ kind }) => kind)).toContain('U');
    expect(replay(recording, impatient)).toEqual([[1_020, [['2']]]]);
  });

  it('in several databases are told apart, and rows come in batches again', () => {
    const rows = [['1'], ['2'], ['3']];
    const recording = record(
      counting(() => of(rows)),
      (ports) => ask(ports, [1], { ...query, database: 'app', batch: 2 }),
    );
    expect(recording.records.map(({ stream }) => stream)).toContain('postgres/main/x/rows@app');
    expect(
      replay(recording, (ports) => ask(ports, [1], { ...query, database: 'app', batch: 2 })),
    ).toEqual([
      [11, [['1'], ['2']]],
      [11, [['3']]],
    ]);
  });
});

const request = { name: 'push', method: 'POST', url: '', headers: {}, transport: {} } as never;

describe('answers of the backend', () => {
  it('are those in force at the moment of the request, however many there are', () => {
    let n = 0;
    function http(): ReturnType<Ports['http']> {
      return timer(10).pipe(
        map(() => {
          n++;
          if (n === 2) throw new TransportError('ECONNRESET', 'push: ECONNRESET');
          return { status: 200 + n, headers: {}, body: '', complete: true };
        }),
      );
    }
    function requests(ports: Ports): Observable<unknown> {
      return from([100, 100, 100]).pipe(
        concatMap((ms) =>
          timer(ms).pipe(
            concatMap(() => ports.http(request)),
            catchError(() => of(null)),
          ),
        ),
      );
    }
    const recording = record({ http }, requests);
    function at(ms: number, ports: Ports): Observable<unknown> {
      return timer(ms).pipe(
        concatMap(() => ports.http(request)),
        map(({ status }) => status),
        catchError((error: unknown) => of((error as TransportError).reason)),
      );
    }
    const both = replay(recording, (ports) =>
      merge(...[1, 150, 250, 320, 900].map((ms) => at(ms, ports))),
    );
    // Asked for at 100, 210 and 320.
    expect(both).toEqual([
      [11, 201],
      [160, 201],
      [260, 'ECONNRESET'],
      [330, 203],
      [910, 203],
    ]);
  });
});

describe('nothing secret', () => {
  it('is written, whichever port it comes in at', () => {
    const token = fakeToken({ collector_id: 'c', iat: 1, exp: 3601 });
    const secretive = {
      ...counting(() => of([["select 'hunter2'"]])),
      http: () =>
        of({
          status: 200,
          headers: { 'set-cookie': 'hunter2' },
          body: JSON.stringify({ token, private_key: 'hunter2' }),
          complete: true,
        }),
      identity: {
        load: () =>
          of({
            collectorId: '3f2504e0-4f89-41d3-9a0c-0305e82c3301',
            token,
            tokenArrivedAt: START,
            expiresAt: null,
            certificate: 'hunter2',
            privateKey: 'hunter2',
          }),
        save: () => of(undefined),
      },
      secret: () => of(Buffer.from('hunter2')),
      pulledStore: {
        load: () => of({ version: 1, text: '[postgres]\nuser = "${hunter2}"\n' }),
        save: () => of(undefined),
      },
      host: fakeHost({ read: () => of(new Map([['/x', 'password=hunter2']])) }),
    } satisfies Partial<Ports>;
    const recording = record(secretive, (ports) =>
      merge(
        ask(ports, [1]),
        ports.http(request),
        ports.identity.load(),
        ports.secret('/hunter2'),
        ports.pulledStore.load(),
        ports.host.read(['/x']),
      ),
    );
    const text = JSON.stringify(recording.records);
    expect(text).not.toContain('hunter2');
    expect(text).not.toContain(token.split('.')[2]);
    expect(new Set(recording.records.map(({ stream }) => stream.split('/')[0]))).toEqual(
      new Set(['host', 'http', 'identity', 'secret', 'pulled', 'postgres']),
    );
    // A replayed identity decodes, lives as long, and opens nothing.
    const [[, held]] = replay(recording, (ports) =>
      ports.identity.load().pipe(map((identity) => ports.jwt.decode(identity?.token ?? ''))),
    ) as [[number, object]];
    expect(held).toEqual({ collector_id: 'c', iat: 1, exp: 3601 });
  });
});

describe('the bytes of a log that is read over SQL', () => {
  it.each(['pg_log/read', 'pg_log/files'])('are not written: %s', (name) => {
    const secret = Buffer.from('a secret').toString('base64');
    const port = counting(() => of([[secret]]));
    const recording = record(port, (ports) => ask(ports, [0], { ...query, name }));
    expect(JSON.stringify(recording)).not.toContain(secret);
  });
});

describe('what comes unasked', () => {
  const chunk = (n: number): LogChunk => ({
    file: 'x.log',
    fileId: 'f',
    offset: n * 100,
    end: n * 100 + 60,
    bytes: Buffer.from(`2026-01-01 ERROR:  value "secret ${n}"\n`),
    starts: [n * 100],
    cut: false,
    modifiedMs: 0,
    print: '',
  });
  const place = { directory: '/log', suffix: '.log', startAt: 'end' as const };

  it('comes at its time, masked, with its offsets', () => {
    const recording = record(
      { logs: () => timer(1_000, 1_000).pipe(take(3), map(chunk)) },
      (ports) => ports.logs(place, of()),
    );
    expect(JSON.stringify(recording.records)).not.toContain('secret');
    const bytes = Buffer.from('2026-01-01 ERROR:  value "?"\n');
    const masked = (n: number) => ({ ...chunk(n), bytes });
    expect(replay(recording, (ports) => ports.logs(place, of()))).toEqual([
      [1_000, masked(0)],
      [2_000, masked(1)],
      [3_000, masked(2)],
    ]);
  });

  it('goes on behind what was given for who subscribes again after an error', () => {
    const failing$ = concat(
      of(chunk(0)),
      timer(1_000).pipe(concatMap(() => throwError(() => new Error('gone')))),
    );
    function again(ports: Ports): Observable<unknown> {
      return ports.logs(place, of()).pipe(retry({ count: 1, delay: 500 }));
    }
    let first = true;
    const recording = record(
      {
        logs: () =>
          defer(() => {
            const mine$ = first ? failing$ : of(chunk(1));
            first = false;
            return mine$;
          }),
      },
      again,
    );
    const seen = replay(recording, again) as [number, LogChunk][];
    expect(seen.map(([ms, { offset }]) => [ms, offset])).toEqual([
      [0, 0],
      [1_500, 100],
    ]);
  });

  it('stands in thousands in a recording without a stack that grows', () => {
    const recording = record(
      { logs: () => from(Array.from({ length: 20_000 }, (_, n) => chunk(n))) },
      (ports) => ports.logs(place, of()),
    );
    expect(replay(recording, (ports) => ports.logs(place, of()))).toHaveLength(20_000);
  });
});

describe('a recording', () => {
  const text = (lines: readonly unknown[]): string =>
    lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  const record1 = { t: 1, stream: 'x', kind: 'N', value: 1 };

  it('is read up to a last line that was cut off', () => {
    expect(readRecording(`${text([header, record1])}{"t":2,`, 'x').records).toEqual([record1]);
  });

  it('of another version, without header or with a damaged line is refused, and why is said', () => {
    expect(() => readRecording(text([{ ...header, recording: 2 }]), 'x')).toThrow(
      'x: version 2 of the format; this program reads 1',
    );
    expect(() => readRecording('', 'x')).toThrow('not the header');
    expect(() => readRecording(text([header, record1, { t: 'no' }]), 'x')).toThrow('line 3');
  });
});
