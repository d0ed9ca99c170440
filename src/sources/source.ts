import type { Static, TSchema } from '@sinclair/typebox';
import type { Observable } from 'rxjs';
import type { Host } from '../ports/host.ts';
import type { Logs } from '../ports/logs.ts';
import type { Server } from '../ports/server.ts';
import type { AgentActivity } from '../schema/activity.ts';
import type { Books } from '../schema/books.ts';
import type { Privacy, ServerSettings } from '../schema/config.ts';
import type { Json } from '../schema/json.ts';
import type { Metric, MetricSchema } from '../schema/metric.ts';
import type { ServerFacts } from '../postgres/facts.ts';

/** All that a source emits. */
export interface Sample {
  /** Not to be changed once it is emitted: its text may be made later. */
  readonly metric: Metric;
  /** Where the source stands after this metric: plain data that travels with it, opaque to everyone else. */
  readonly mark?: Json;
  /** Closes the window within 2 s, at most once in 5 s: for what an operator must know at once. */
  readonly urgent?: true;
  /** Becomes durable together with the sample behind it, which comes at once and has the mark: none without the other. */
  readonly withNext?: true;
  /** Which part of the source read it, where parts report by themselves; see `Context.part`. */
  readonly part?: string;
}

/** How a source tells what it does beside its samples. */
export interface Reports {
  /** Reports what went wrong; shown once per change, not once per tick. */
  readonly trouble: (error: unknown) => void;
  /** Says something that is worth a line in the log, once. */
  readonly notice: (message: string) => void;
  /** Reports that a read ended, well or not, and how long it took, in ms. */
  readonly polled: (tookMs: number) => void;
  /** Reports ticks that were skipped because a poll was still in flight. */
  readonly skipped: (ticks: number) => void;
}

/** What every source is given. Nothing in it errors. */
export interface Context<S> extends Reports {
  /** The source's own section: the newest at once, then each change. */
  readonly settings$: Observable<S>;
  /** `[privacy]`: the newest at once, then each change. */
  readonly privacy$: Observable<Privacy>;
  /** Emits once when this unit ends: clocks complete, polls in flight get a moment. */
  readonly stop$: Observable<void>;
  /** The newest durable mark at once (resume there), then each later one. */
  readonly durable$: Observable<Json | undefined>;
  /** The books of the run: the newest at once, then each change. */
  readonly books$: Observable<Books>;
  /** What the agent itself did in this run: the newest at once, then each change. */
  readonly activity$: Observable<AgentActivity>;
  readonly host: Host;
  readonly logs: Logs;
  /** This collector's name of the host, as `[collector] hostname` says. */
  readonly hostname: string;
  /** Shifts the clocks of this agent within a period, in [0, 1), so that a fleet does not query in step. */
  readonly phase: number;
  /** A number in [0, 1), for backoff; the same ones in each replay of a recording. */
  readonly random: () => number;
  /** The reports of a part that fails and works by itself: `<server>/<type>/<part>` in the journal. */
  readonly part: (name: string) => Reports;
}

/** A server as sources see it: its queries, and what was probed. */
export interface MonitoredServer extends Server {
  /** `[postgres] name`. */
  readonly name: string;
  /** The connection settings in force, without secrets used. */
  readonly settings$: Observable<ServerSettings>;
  /** What the server is and has; probed at the first use, then hourly, on SIGHUP, after a lost connection and `forget()`. */
  readonly facts: () => Observable<ServerFacts>;
  /** What was probed last, another object after each probe; null where it is not known (any longer). Never probes. */
  readonly knownFacts: () => ServerFacts | null;
  /** Makes the next `facts()` probe again: after an unknown column or function, a missing right, a new version. */
  readonly forget: () => void;
}

/** What a source that reads the host is given. */
export interface HostContext<S> extends Context<S> {
  /** The servers that are monitored: those of now at once, then after each change. To look at beside, never to wait for. */
  readonly servers$: Observable<readonly MonitoredServer[]>;
}

/** What a source that reads a PostgreSQL server is given. */
export interface ServerContext<S> extends Context<S> {
  readonly server: MonitoredServer;
}

/** Reads of a source that have an interval of their own, and what becomes of it where the server's budget is exceeded. */
export interface Rhythm {
  /**
   * The key of the section that holds the interval, in s. `*.interval`: a rhythm for each table of the section, which paces
   * the reads that are named after it: `<source>/<table>`, `<source>/<table>/…`.
   */
  readonly key: string;
  /** The reads that it paces: what stands behind the slash of `Query.name`. Default: all that no other rhythm names. */
  readonly reads?: readonly string[];
  /** When it is slowed down, compared with others: see `shedding`. Default: `other`. */
  readonly kind?: RhythmKind;
  /** It is never slowed down beyond this, in s. Default: 16 times its interval, at most a day. */
  readonly slowest?: number;
}

/** What reads are about, in the order in which they are slowed down: what one needs in an incident comes last. */
export const shedding = [
  'bloat',
  'sizes',
  'schema',
  'texts',
  'relations',
  'query_statistics',
  'other',
  'vital',
] as const;
export type RhythmKind = (typeof shedding)[number];

interface Plugin<T extends TSchema> {
  /** The metric type and the name of the configuration section, snake_case. */
  readonly type: string;
  /** The section: `enabled`, `interval` and the source's own keys. Its defaults are the section's defaults. */
  readonly settings: T;
  /** Whether it follows something that may stay silent (a log) rather than read on a clock. Default: false. */
  readonly follows?: boolean;
  /** What of it is slowed down where its server's budget is exceeded. Default: all of it, by `interval`. */
  readonly rhythms?: readonly Rhythm[];
  /** Its parts that read on a clock and report by themselves, on a server; see `Context.part`. Default: it has none. */
  readonly parts?: (settings: Static<T>, server: string) => readonly string[];
  /** The schemas of all metrics that it emits. */
  readonly metrics: readonly MetricSchema[];
}

/** Reads the host that the agent runs on; one instance. */
export interface HostSource<T extends TSchema = TSchema> extends Plugin<T> {
  readonly scope: 'host';
  readonly read: (context: HostContext<Static<T>>) => Observable<Sample>;
}

/** Reads a PostgreSQL server; one instance per configured server. */
export interface ServerSource<T extends TSchema = TSchema> extends Plugin<T> {
  readonly scope: 'server';
  readonly read: (context: ServerContext<Static<T>>) => Observable<Sample>;
}

/** A plugin: subscribing to what `read` returns is start, unsubscribing is stop, `stop$` asks for a clean end. */
export type Source = HostSource | ServerSource;

/** Declares a host source with its settings inferred. */
export const hostSource = <T extends TSchema>(source: HostSource<T>): HostSource => source;

/** Declares a server source with its settings inferred. */
export const serverSource = <T extends TSchema>(source: ServerSource<T>): ServerSource => source;
