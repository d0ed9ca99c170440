import {
  type Observable,
  concat,
  concatMap,
  defer,
  ignoreElements,
  map,
  merge,
  of,
  timer,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import { configFormat } from '../../src/io/config/configFormat.ts';
import { memorySpool } from '../../src/io/memorySpool.ts';
import { onReplayClock } from '../../src/io/replayClock.ts';
import { beside } from '../../src/operators/beside.ts';
import type { Ports } from '../../src/ports.ts';
import type { ConfigText } from '../../src/ports/configFile.ts';
import type { Query, Row } from '../../src/ports/server.ts';
import type { Recorded } from '../../src/recording/recorded.ts';
import { MAX_REPLY, newestNotes } from '../../src/recording/newestNotes.ts';
import { readRecording } from '../../src/recording/readRecording.ts';
import { type RecordedPorts, recordedPorts } from '../../src/recording/recordedPorts.ts';
import { replayedPorts } from '../../src/recording/replayedPorts.ts';
import { weight } from '../../src/recording/weight.ts';
import { fakePorts } from '../support/fakePorts.ts';
import { fakeToken } from '../support/fakeTokens.ts';
import { held } from '../support/hostContext.ts';
import { connectionSettings } from '../support/serverContext.ts';

/*
 * Recordings that begin while the agent runs.
 */

const START = Date.parse('2026-01-02T03:04:05.000Z');
const query: Query = { name: 'x/rows', sql: 'SELECT 1', lane: 'fast', timeoutMs: 1_000 };

/** The records of what `use` does with ports, from `fromMs` on. */
function recordedFrom(
  fromMs: number,
  replace: Partial<Ports>,
  use: (ports: Ports) => Observable<unknown>,
): Recorded[] {
  const lines: Recorded[] = [];
  onReplayClock(
    defer(() => {
      const recorded = recordedPorts(fakePorts({ http: () => of(), replace }).ports);
      return use(recorded.ports).pipe(
        beside(timer(fromMs).pipe(concatMap(() => taken(recorded, START + fromMs, lines)))),
      );
    }),
    { startedAt: START, speed: Infinity },
  ).subscribe();
  return lines;
}

function taken(
  { records }: RecordedPorts,
  startedAt: number,
  lines: Recorded[],
): Observable<unknown> {
  return records({ startedAt, isPublic: () => true }).pipe(map(({ make }) => lines.push(make())));
}

/** A server whose nth query takes 10 ms and gives n. */
function counting(rows = (n: number): readonly Row[] => [[`${n}`]]): Partial<Ports> {
  let n = 0;
  const ports: Partial<Ports> = {
    postgres: () =>
      held({
        query: () => {
          const mine = ++n;
          return timer(10).pipe(map(() => rows(mine)));
        },
        connection: () => ({ connectMs: 1, pooler: false, local: true }),
      }),
  };
  return ports;
}

/** Asks a server at each of the moments. */
function asking(ports: Ports, moments: readonly number[]): Observable<unknown> {
  return ports
    .postgres(held(connectionSettings()))
    .pipe(
      concatMap((server) =>
        merge(...moments.map((ms) => timer(ms).pipe(concatMap(() => server.query(query))))),
      ),
    );
}

const ofStream = (lines: readonly Recorded[], stream: string): (readonly unknown[])[] =>
  lines
    .filter((line) => line.stream === stream)
    .map(({ t, kind, value, error }) => [t, kind, value ?? error?.message]);

describe('a recording that begins later', () => {
  const stream = 'postgres/main/x/rows';

  it('begins with the newest reply of each stream, and goes on with requests that come then', () => {
    const lines = recordedFrom(1_005, counting(), (ports) =>
      asking(ports, [0, 500, 1_000, 1_500, 2_000]),
    );
    // The third request was on its way: it belongs to no recording.
    expect(ofStream(lines, stream)).toEqual([
      [0, 'N', [['2']]],
      [495, 'N', [['4']]],
      [995, 'N', [['5']]],
    ]);
    expect(ofStream(lines, 'host/platform')).toEqual([[0, 'N', 'linux']]);
    expect(ofStream(lines, 'postgres/main/connection')).toHaveLength(1);
  });

  it('is replayed as if the agent had started with it', () => {
    const lines = recordedFrom(1_005, counting(), (ports) => asking(ports, [0, 1_100, 2_100]));
    const header = {
      recording: 1,
      startedAt: new Date(START + 1_005).toISOString(),
      agent: '1.2.3',
      node: 'v20',
      platform: 'linux',
      maxBytes: 1_000_000,
      types: [],
      attached: true,
    };
    const text = [header, ...lines].map((line) => `${JSON.stringify(line)}\n`).join('');
    const recording = readRecording(text, 'x');
    const seen: unknown[] = [];
    onReplayClock(
      of(null).pipe(
        concatMap(() => {
          const { ports } = replayedPorts(recording, { spool: memorySpool, configFormat });
          return asking(ports, [0, 95, 1_095]);
        }),
      ),
      { startedAt: recording.startedAt, speed: Infinity },
    ).subscribe((rows) => seen.push(rows));
    expect(seen).toEqual([[['1']], [['2']], [['3']]]);
  });

  it('says of a reply that was too large to be kept that it is missing, and has the next one', () => {
    const large = 'x'.repeat(MAX_REPLY);
    const lines = recordedFrom(
      1_000,
      counting((n) => [[n === 1 ? large : 'small']]),
      (ports) => asking(ports, [0, 1_500]),
    );
    expect(ofStream(lines, stream)).toEqual([
      [0, 'E', expect.stringContaining('too large')],
      [500, 'N', [['small']]],
    ]);
  });

  it('holds the identity and the pulled configuration as they were stored last, without their secrets', () => {
    const token = fakeToken({ collector_id: 'c', iat: 1, exp: 3_601 });
    const none = {
      load: () => of(null),
      save: () => of(undefined),
    } satisfies Ports['identity'];
    const lines = recordedFrom(1_000, { identity: none, pulledStore: none }, (ports) =>
      concat(
        ports.identity.load(),
        ports.pulledStore.load(),
        ports.identity.save({
          collectorId: '3f2504e0-4f89-41d3-9a0c-0305e82c3301',
          token,
          tokenArrivedAt: START,
          expiresAt: null,
          certificate: 'hunter2',
          privateKey: 'hunter2',
        }),
        ports.pulledStore.save({ version: 7, text: '[sysstat]\ninterval = 3\n' }),
        timer(2_000).pipe(ignoreElements()),
      ),
    );
    expect(ofStream(lines, 'pulled')).toEqual([
      [0, 'N', { version: 7, text: '{"sysstat":{"interval":3}}' }],
    ]);
    const [[, , identity] = []] = ofStream(lines, 'identity');
    expect(identity).toMatchObject({ collectorId: '00000000-0000-4000-8000-000000000001' });
    expect(JSON.stringify(lines)).not.toContain('hunter2');
    expect(JSON.stringify(lines)).not.toContain(token.split('.')[2]);
  });

  it('holds the configuration of the start and the last texts, since the last one may have been refused', () => {
    const text = (n: number): ConfigText => ({
      name: 'x',
      text: `[sysstat]\ninterval = ${n}\n`,
      origin: n === 1 ? 'start' : 'file',
      exposed: false,
    });
    const configFile = {
      read: () => of(),
      follow: () => merge(...[1, 2, 3, 4, 5, 6, 7].map((n) => timer(n).pipe(map(() => text(n))))),
    } satisfies Ports['configFile'];
    const lines = recordedFrom(1_000, { configFile }, (ports) =>
      merge(ports.configFile.follow('', of()), timer(2_000)),
    );
    const told = lines.filter((line) => line.stream === 'config').map(({ value }) => value);
    expect(told).toMatchObject(
      [1, 4, 5, 6, 7].map((n) => ({
        origin: n === 1 ? 'start' : 'file',
        text: `{"sysstat":{"interval":${n}}}`,
      })),
    );
  });
});

describe('what is kept for it', () => {
  it('stays within its bound, whatever comes', () => {
    const kept = newestNotes();
    for (let n = 0; n < 6_000; n++) {
      kept.put({ stream: `s${n}`, at: n, kind: 'N', bytes: 60_000, value: () => n });
    }
    const notes = kept.all();
    expect(notes).toHaveLength(5_000);
    expect(notes.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(1_048_576);
  });

  it('is weighed no further than need be', () => {
    expect(weight([['abc', null]])).toBe(24 + 24 + 27 + 8);
    expect(weight(new Map([['/x', 'y']]))).toBe(24 + 25);
    let read = 0;
    const many = Array.from({ length: 1_000 }, () => ({
      get text() {
        read++;
        return 'x'.repeat(1_000);
      },
    }));
    expect(weight(many, 10_000)).toBeGreaterThan(10_000);
    expect(read).toBeLessThan(20);
  });
});
