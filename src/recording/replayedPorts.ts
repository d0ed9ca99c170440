import {
  NEVER,
  type Observable,
  asyncScheduler,
  concat,
  concatMap,
  defer,
  from,
  map,
  of,
  switchMap,
  take,
  timer,
} from 'rxjs';
import type { Ports } from '../ports.ts';
import type { ConfigText, ConfigUnreadable, PulledText } from '../ports/configFile.ts';
import type { FileSystemSpace, Host, HostFacts, ProcessUsage } from '../ports/host.ts';
import type { HttpReply } from '../ports/http.ts';
import type { Identity } from '../ports/identity.ts';
import type { ConnectionState, Row, Server } from '../ports/server.ts';
import type { Json } from '../schema/json.ts';
import { claimsOf, placeholderToken } from './placeholderToken.ts';
import type { Recording } from './readRecording.ts';
import { hostStreams } from './recordedHost.ts';
import { type RecordedChunk, logStream, replayedChunk } from './recordedLogs.ts';
import { connectionStream, queryStream } from './recordedPostgres.ts';
import { type Replies, replies } from './replies.ts';

/** What a replay needs that was not recorded, since it is no input: where payloads wait, and how texts are parsed. */
export type ReplayGiven = Pick<Ports, 'spool' | 'configFormat'>;

/** Ports over a recording, and what came in beside the ports. */
export interface ReplayedPorts {
  readonly ports: Ports;
  /** A clean end was asked for, or the recording ends. Emits once. */
  readonly stop$: Observable<void>;
  /** SIGHUP, each at its time. */
  readonly reload$: Observable<void>;
}

/**
 * The outside world as it was recorded, on the scheduler's time: the clock must say `startedAt` when it begins.
 *
 * - Reads of servers and of the host: the nth read of a name gets the nth reply, as long after it as then.
 * - Answers of the backend: the one in force at that moment, since a replay may send more or fewer requests.
 * - Configuration, log lines and signals: at their times.
 * - Identity and pulled configuration start as recorded and are then kept in memory; tokens open nothing.
 *
 * For one run. Where nothing was recorded for a request, it errors with `ReplayError`.
 */
export function replayedPorts(
  { records, startedAt, stopsAt }: Recording,
  given: ReplayGiven,
): ReplayedPorts {
  const known = replies(records, startedAt);
  let identity: Identity | null | undefined;
  let pulled: PulledText | null | undefined;
  const ports: Ports = {
    ...given,
    // Where a key stands in a text that was masked says nothing; and finding it takes real time.
    configFormat: { ...given.configFormat, places: () => of(new Map()) },
    postgres: (settings$) =>
      settings$.pipe(
        take(1),
        switchMap(({ name }) => serverOf(name, known)),
      ),
    http: ({ name }) => as<HttpReply>(known.inForce(`http/${name}`)),
    identity: {
      load: () =>
        defer(() =>
          identity === undefined ? as<Identity | null>(known.next('identity')) : of(identity),
        ),
      save: (saved) =>
        defer(() => {
          identity = saved;
          return of(undefined);
        }),
    },
    secret: () => known.inForce('secret').pipe(map(() => Buffer.from('placeholder'))),
    jwt: {
      sign: (claims) => known.inForce('signature').pipe(map(() => placeholderToken(claims))),
      decode: claimsOf,
    },
    configFile: {
      read: () => NEVER,
      follow: () => as<ConfigText | ConfigUnreadable>(known.pushed('config')),
    },
    pulledStore: {
      load: () =>
        defer(() =>
          pulled === undefined ? as<PulledText | null>(known.next('pulled')) : of(pulled),
        ),
      save: (saved) =>
        defer(() => {
          pulled = saved;
          return of(undefined);
        }),
    },
    host: hostOf(known),
    logs: (place) => as<RecordedChunk>(known.pushed(logStream(place))).pipe(map(replayedChunk)),
  };
  return {
    ports,
    stop$: defer(() => timer(Math.max(0, startedAt + stopsAt - asyncScheduler.now()))).pipe(
      map(() => undefined),
    ),
    reload$: known.pushed('reload').pipe(map(() => undefined)),
  };
}

/** A recorded value as what it was. The recording was written by `recordedPorts`: its lines are checked, values are not. */
function as<T>(value$: Observable<Json>): Observable<T> {
  return value$.pipe(map((value) => value as T));
}

const notYet: ConnectionState = { connectMs: null, pooler: false, local: true };

/** Opens at once and stays open, as the real one does. */
function serverOf(name: string, known: Replies): Observable<Server> {
  const server: Server = {
    query: (query) =>
      as<readonly Row[]>(known.next(queryStream(name, query))).pipe(
        concatMap((rows) => from(chunksOf(rows, query.batch ?? Infinity))),
      ),
    connection: () =>
      (known.latest(connectionStream(name)) as unknown as ConnectionState | undefined) ?? notYet,
  };
  return concat(of(server), NEVER);
}

/** The rows as a portal gives them; one empty chunk where there are none and no portal. */
function chunksOf(rows: readonly Row[], size: number): readonly (readonly Row[])[] {
  if (size === Infinity) return [rows];
  const count = Math.ceil(rows.length / size);
  return Array.from({ length: count }, (_, n) => rows.slice(n * size, (n + 1) * size));
}

function hostOf(known: Replies): Host {
  const host: Host = {
    platform: (known.latest(hostStreams.platform) as string | undefined) ?? 'linux',
    read: (paths) =>
      as<Readonly<Record<string, string>>>(known.next(hostStreams.read(paths))).pipe(
        map((texts) => new Map(Object.entries(texts))),
      ),
    processFiles: (files) =>
      as<Readonly<Record<string, string>>>(known.next(hostStreams.processFiles(files))).pipe(
        map((texts) => new Map(Object.entries(texts))),
      ),
    space: (mount) => as<FileSystemSpace>(known.next(hostStreams.space(mount))),
    device: (path) => as<number>(known.next(hostStreams.device(path))),
    link: (path) => as<string | null>(known.next(hostStreams.link(path))),
    facts: () => as<HostFacts>(known.inForce(hostStreams.facts)),
    process: () => as<ProcessUsage>(known.next(hostStreams.process)),
  };
  return host;
}
