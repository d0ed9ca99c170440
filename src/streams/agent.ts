import {
  EMPTY,
  NEVER,
  type Observable,
  ReplaySubject,
  combineLatest,
  concat,
  concatMap,
  defer,
  distinctUntilChanged,
  filter,
  ignoreElements,
  map,
  merge,
  skip,
  take,
  tap,
} from 'rxjs';
import { beside } from '../operators/beside.ts';
import { see } from '../operators/see.ts';
import type { Ports } from '../ports.ts';
import type { PulledText } from '../ports/configFile.ts';
import type { Config } from '../schema/config.ts';
import type { Entry } from '../schema/journal.ts';
import type { Zlib } from '../sinks/bodyFor.ts';
import type { Credentials, Tokens } from '../sinks/credentials.ts';
import { https } from '../sinks/https.ts';
import { lines } from '../sinks/lines.ts';
import type { Source } from '../sources/source.ts';
import { closing } from './closing.ts';
import type { ConfigOptions } from './config.ts';
import { configPull } from './config/configPull.ts';
import { openJournal } from './journal.ts';
import { judgedDates } from './agent/judgedDates.ts';
import { OtherClocks } from './agent/otherClocks.ts';
import { type PipelineOptions, pipeline } from './pipeline.ts';
import { tokens } from './tokens.ts';

/** Where payloads go: to the backend, or as text, each push body once. */
export type Outlet = 'backend' | { readonly write: (body: string) => void };

export interface AgentOptions {
  readonly ports: Ports;
  readonly sources: readonly Source[];
  /** The configuration's stream, given the journal and the texts that are pulled; errors only at its start. */
  readonly configs: (given: Pick<ConfigOptions, 'note' | 'pull'>) => Observable<Config>;
  readonly outlet: Outlet;
  /** Asks for a clean end; emits once, at once to late subscribers. */
  readonly stop$: Observable<void>;
  /** SIGHUP: pulls the configuration at once, also where pulling was off, and probes servers again. */
  readonly reload$: Observable<unknown>;
  readonly version: string;
  /** A new random id at each call. */
  readonly newId: () => string;
  /** Replaces zlib in tests: its thread pool knows no virtual time. */
  readonly zlib?: Zlib;
  /** A number in [0, 1), for backoff. Default `Math.random`. */
  readonly random?: () => number;
  /** Where in each period the clocks tick, in [0, 1). Default: from the collector's name. */
  readonly phase?: number;
}

/**
 * The whole collector: everything that happens, as one stream of journal entries.
 *
 *     stop$     ----------------------s
 *     config$   c-------d--------------         d: swapped while running
 *     result    e-e-eee-e-ee-e-e-ee----ee(E|)   E: `ended`, with the final books
 *
 * Errors only where the first configuration cannot be used. Unsubscribing aborts: nothing is flushed or sent any more.
 */
export function agent(options: AgentOptions): Observable<Entry> {
  const { configs, outlet, stop$, version, zlib = {}, random = Math.random } = options;
  return defer(() => {
    const journal = openJournal();
    const { note, entries$ } = journal;
    const config$ = new ReplaySubject<Config>(1);
    const clocks = new OtherClocks();
    const ports = { ...options.ports, ...judgedDates(options.ports, clocks, config$) };
    const credentials$ = new ReplaySubject<Credentials>(1);

    function pull(effective$: Observable<Config>): Observable<PulledText | null> {
      return configPull({
        config$: effective$,
        credentials$,
        http: ports.http,
        versions$: entries$.pipe(filter(isAcked), map(versionOf), filter(isKnown)),
        retry$: options.reload$,
        stop$,
        version,
        note,
        random,
      });
    }
    const configured$ = configs({ note, pull: outlet === 'backend' ? pull : () => NEVER });

    const hostname$ = combineLatest([config$, ports.host.facts()]).pipe(
      map(([{ collector }, facts]) => collector.hostname ?? facts.hostname),
      take(1),
    );
    type End = Pick<PipelineOptions, 'sink' | 'collectorId$' | 'wake$'>;
    function run(hostname: string, end: End): Observable<never> {
      return pipeline({ ...options, ...end, ports, config$, journal, hostname });
    }
    function toBackend(hostname: string): Observable<never> {
      const { reload$ } = options;
      const keeper = { config$, ports, hostname, version, note, reload$, random };
      return tokens(keeper, (held: Tokens) => {
        const sink = https({
          config$,
          http: ports.http,
          tokens: held,
          version,
          ...zlib,
          onIdentity: (endpoint) => {
            const message = `${endpoint} cannot read gzip: bodies go uncompressed from now on`;
            note({ at: 'notice', unit: 'sink', message });
          },
        });
        const collectorId$ = held.credentials$.pipe(map(({ collectorId }) => collectorId));
        const address$ = config$.pipe(distinctUntilChanged(sameAddress));
        const wake$ = merge(address$.pipe(skip(1)), held.credentials$.pipe(skip(1)));
        return run(hostname, { sink, collectorId$, wake$ }).pipe(
          beside(held.credentials$.pipe(tap((held) => credentials$.next(held)))),
        );
      });
    }
    function toText(hostname: string, write: (body: string) => void): Observable<never> {
      const collectorId$ = config$.pipe(map(({ collector }) => collector.id ?? hostname));
      return run(hostname, { sink: lines({ write, ...zlib }), collectorId$, wake$: NEVER });
    }

    const work$ = hostname$.pipe(
      concatMap((hostname) =>
        outlet === 'backend' ? toBackend(hostname) : toText(hostname, outlet.write),
      ),
      beside(configured$.pipe(tap((effective) => config$.next(effective)))),
    );
    const closed$ = defer(() => {
      journal.end();
      return EMPTY;
    });
    const seen$ = entries$.pipe(see((entry) => clocks.note(entry)));
    return merge(seen$, concat(work$, closing(journal), closed$).pipe(ignoreElements()));
  });
}

/** Whether a push attempt depends on nothing that differs. */
const sameAddress = (a: Config, b: Config): boolean => a.backend === b.backend && a.tls === b.tls;

type Acked = Extract<Entry, { at: 'acked' }>;
const isAcked = (entry: Entry): entry is Acked => entry.at === 'acked';
const versionOf = ({ receipt: { verdict } }: Acked): number | undefined =>
  verdict.is === 'delivered' ? verdict.configVersion : undefined;
const isKnown = (version: number | undefined): version is number => version !== undefined;
