import { isDeepStrictEqual } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';
import {
  EMPTY,
  ReplaySubject,
  Subject,
  asyncScheduler,
  concat,
  ignoreElements,
  merge,
  of,
  takeUntil,
  tap,
  timer,
} from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { expect } from 'vitest';
import { configFormat } from '../../src/io/config/configFormat.ts';
import { type Books, emptyBooks } from '../../src/schema/books.ts';
import type { ConfigText } from '../../src/ports/configFile.ts';
import type { Entry } from '../../src/schema/journal.ts';
import { sectionsOf } from '../../src/sources/registry.ts';
import type { Source } from '../../src/sources/source.ts';
import { type AgentOptions, agent } from '../../src/streams/agent.ts';
import { imbalance, post } from '../../src/streams/journal/books.ts';
import { config } from '../../src/streams/config.ts';
import { type ConfigRules, configRules } from '../../src/streams/config/localConfig.ts';
import { textOf } from './configuration.ts';
import { FakeBackend, type FakeBackendOptions } from './fakeBackend.ts';
import { type FakePorts, type FakePortsOptions, fakePorts } from './fakePorts.ts';

/** A running agent and its surroundings, for a test to meddle with. */
export interface World extends FakePorts {
  readonly backend: FakeBackend;
  /** Saves another local configuration. */
  readonly edit: (text: string) => void;
  /** SIGHUP. */
  readonly reload: () => void;
  /** Sets the host's wall clock forward by so many ms, or back; the backend and what is noted keep to the true time. */
  readonly jump: (ms: number) => void;
}

export interface SimulateOptions {
  readonly sources: readonly Source[];
  /** The local configuration behind `[backend]` and `[auth]`. Default: a window a minute, no pull. */
  readonly text?: string;
  readonly backend?: FakeBackendOptions;
  readonly ports?: Omit<FakePortsOptions, 'http'>;
  /** What happens when, by ms since the start. Odd times keep clear of the agent's own clocks. */
  readonly script?: Readonly<Record<number, (world: World) => void>>;
  /** When it is asked to end; null: never. */
  readonly stopAtMs: number | null;
  /** When it is unsubscribed from, where it has not ended by then. Default: 1 min after the stop. */
  readonly forMs?: number;
  readonly outlet?: AgentOptions['outlet'];
  readonly random?: () => number;
}

/** A journal entry and its moment. */
export interface Noted {
  readonly ms: number;
  readonly entry: Entry;
}

type NotedAs<K extends Entry['at']> = Noted & { readonly entry: Extract<Entry, { at: K }> };

export interface Simulation extends World {
  /** When a unit gave a metric, in ms. */
  readonly reads: (unit: string) => readonly number[];
  /** The numbers of a counting source's metrics that the backend took, in order. */
  readonly numbers: (type: string) => readonly number[];
  /** What failed: unit and code each time. */
  readonly troubles: () => readonly string[];
  readonly noted: readonly Noted[];
  /** Sums over the journal. */
  readonly books: Books;
  /** When it completed, in ms; null where it was unsubscribed from instead. */
  readonly endedMs: number | null;
  /** What it errored with. */
  readonly error: unknown;
  /** The entries of one kind. */
  readonly of: <K extends Entry['at']>(at: K) => readonly NotedAs<K>[];
}

/** In front of each local configuration. */
const head = `
[backend]
url = "https://backend.test"
[auth]
registration_secret_file = "/run/registration"
`;

const plainText = `
[collector]
push_interval = 60
`;

/**
 * Runs the whole agent in virtual time, over a fake backend and fake ports, with real zlib (which takes no time here).
 *
 * After every journal entry the books must balance and no account may be overdrawn; when it is over, nothing may be open.
 */
export function simulate(options: SimulateOptions): Simulation {
  const { sources, text = plainText, stopAtMs, script = {}, random = () => 0.5 } = options;
  const forMs = options.forMs ?? (stopAtMs ?? 0) + 60_000;
  const trueNow = asyncScheduler.now;
  let aheadMs = 0;
  const backend = new FakeBackend({ now: trueNow, ...options.backend });
  const fakes = fakePorts({ http: backend.http, ...options.ports });
  const edits$ = new Subject<ConfigText>();
  const reload$ = new Subject<void>();
  const stop$ = new ReplaySubject<void>(1);
  const world: World = {
    ...fakes,
    backend,
    edit: (edited) => edits$.next(textOf(head + edited, { origin: 'file' })),
    reload: () => reload$.next(),
    jump: (ms) => {
      aheadMs += ms;
    },
  };
  const rules = rulesFor(sources);
  const noted: Noted[] = [];
  let books = emptyBooks;
  let endedMs: number | null = null;
  let error: unknown;
  const problems: string[] = [];
  let ids = 0;

  new TestScheduler(() => undefined).run(({ flush, expectObservable }) => {
    const agent$ = agent({
      ports: fakes.ports,
      sources,
      configs: (given) =>
        config({
          ...given,
          file$: concat(of(textOf(head + text)), edits$),
          rules,
          store: fakes.ports.pulledStore,
        }),
      outlet: options.outlet ?? 'backend',
      stop$,
      reload$,
      version: '1.2.3',
      newId: () => `p${ids++}`,
      zlib: {
        compress: (data) => of(gzipSync(data, { level: 1 })),
        decompress: (data) => of(gunzipSync(data)),
      },
      random,
    }).pipe(
      tap({
        next: (entry) => {
          books = post(books, entry);
          problems.push(...wrongWith(books, entry));
          noted.push({ ms: trueNow(), entry });
        },
        complete: () => (endedMs = trueNow()),
        error: (thrown: unknown) => (error = thrown),
      }),
    );
    const asked$ = stopAtMs === null ? EMPTY : timer(stopAtMs).pipe(tap(() => stop$.next()));
    const script$ = merge(
      asked$,
      ...Object.entries(script).map(([ms, act]) => timer(Number(ms)).pipe(tap(() => act(world)))),
    );
    expectObservable(merge(agent$, script$).pipe(ignoreElements(), takeUntil(timer(forMs))));
    asyncScheduler.now = () => trueNow() + aheadMs;
    try {
      flush();
    } finally {
      asyncScheduler.now = trueNow;
    }
  });
  expect(problems).toEqual([]);
  expect({ ...fakes.open, http: backend.open }).toEqual(nothingOpen);
  const entriesAt = <K extends Entry['at']>(at: K): readonly NotedAs<K>[] =>
    noted.filter((each): each is NotedAs<K> => each.entry.at === at);
  return {
    ...world,
    reads: (unit) =>
      entriesAt('source').flatMap(({ ms, entry }) => (entry.unit === unit ? [ms] : [])),
    numbers: (type) => backend.metrics(type).map(({ n }) => Number(n)),
    troubles: () => entriesAt('trouble').map(({ entry }) => `${entry.unit} ${entry.code}`),
    noted,
    books,
    endedMs,
    error,
    of: entriesAt,
  };
}

const nothingOpen = { postgres: 0, query: 0, logs: 0, spool: 0, http: 0 };

const compiled = new Map<string, ConfigRules>();

/** The rules of configuration texts; compiling them is the dearest part of a short simulation. */
function rulesFor(sources: readonly Source[]): ConfigRules {
  const sections = sectionsOf(sources);
  const key = JSON.stringify(sections);
  const known = compiled.get(key);
  if (known) return known;
  const rules = configRules({
    sections,
    format: { ...configFormat, places: () => of(new Map()) },
    environment: {},
    needs: { backend: true },
  });
  compiled.set(key, rules);
  return rules;
}

/** What is wrong with the books after an entry: an account is overdrawn, they do not balance, the agent's differ. */
function wrongWith(books: Books, entry: Entry): readonly string[] {
  const wrong =
    imbalance(books) !== 0 ||
    books.buffered < 0 ||
    books.spooled < 0 ||
    (entry.at === 'ended' && !isDeepStrictEqual(entry.books, books));
  return wrong ? [`${JSON.stringify(books)} after ${JSON.stringify(entry)}`] : [];
}

/** The differences between neighbours. */
export const gaps = (times: readonly number[]): number[] =>
  times.slice(1).map((ms, n) => ms - (times[n] ?? 0));

/** The first `count` numbers from 0 on. */
export const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
