import {
  type Observable,
  ReplaySubject,
  Subject,
  concat,
  defer,
  ignoreElements,
  map,
  merge,
  mergeMap,
  take,
  tap,
} from 'rxjs';
import { beside } from '../operators/beside.ts';
import { bufferWindow } from '../operators/bufferWindow.ts';
import { hasten } from '../operators/hasten.ts';
import { holdBack } from '../operators/holdBack.ts';
import { holding } from '../operators/holding.ts';
import { see } from '../operators/see.ts';
import type { Ports } from '../ports.ts';
import type { Gone, Spool } from '../ports/spool.ts';
import { codec } from '../schema/codec.ts';
import type { Config } from '../schema/config.ts';
import type { Json } from '../schema/json.ts';
import type { Header, Line } from '../schema/payload.ts';
import type { Zlib } from '../sinks/bodyFor.ts';
import type { Sink } from '../sinks/sink.ts';
import type { Source } from '../sources/source.ts';
import { collect } from './collect.ts';
import { deliver } from './deliver.ts';
import { heartbeat } from './pipeline/heartbeat.ts';
import type { Journal } from './journal.ts';
import { newsEntry } from './pipeline/newsEntry.ts';
import { phaseOf } from './pipeline/phase.ts';
import { countsOf, marksOf, store } from './pipeline/store.ts';
import { spoolLimits } from './pipeline/spoolLimits.ts';
import { windowLimits } from './pipeline/windowLimits.ts';

export interface PipelineOptions {
  readonly ports: Ports;
  readonly sources: readonly Source[];
  readonly config$: Observable<Config>;
  readonly journal: Journal;
  /** This collector's name of the host. */
  readonly hostname: string;
  readonly version: string;
  readonly newId: () => string;
  /** The id under which payloads are packed: the newest at once, as soon as there is one. */
  readonly collectorId$: Observable<string>;
  readonly sink: Sink;
  /** News that end a wait of delivery: other settings, other credentials. */
  readonly wake$: Observable<unknown>;
  readonly stop$: Observable<void>;
  /** SIGHUP: what servers are and have is probed again. Default: never. */
  readonly reload$?: Observable<unknown>;
  /** Replaces zlib in tests. */
  readonly zlib?: Zlib;
  /** A number in [0, 1), for backoff. Default `Math.random`. */
  readonly random?: () => number;
  /** Where in each period the clocks tick, in [0, 1). Default: from the collector's name. */
  readonly phase?: number;
}

/** A window with something urgent closes after this long, and so early at most so often, in ms. */
const URGENT = { withinMs: 1_000, everyMs: 5_000 };

/**
 * The way of every metric: sources → validate → window → spool → sink.
 *
 *     collect      --a-b---c--|
 *     windows      -----w----w|
 *     spool        ------p----p
 *     sink         -------✓----✓
 *     result       ---------------|      when all was delivered, or the drain budget is used up
 *
 * What is urgent closes its window within two seconds, and so at most once in five:
 *
 *     collect      -a--u---u-----b--u---    u: urgent; a second each
 *     windows      -----w----w-------w--
 *     sink         ------✓----✓-------✓-
 *
 * Emits nothing and never errors: everything is in the journal. What could not be delivered is dropped at the end, counted
 * (reason `shutdown`), unless the spool is durable.
 */
export function pipeline(options: PipelineOptions): Observable<never> {
  const { ports, config$ } = options;
  return config$.pipe(
    take(1),
    mergeMap(({ spool }) => ports.spool(spoolLimits(spool))),
    holding((spool) => through(spool, options)),
  );
}

function through(spool: Spool, options: PipelineOptions): Observable<never> {
  const { config$, journal, sink, wake$, stop$, hostname, version, newId } = options;
  const { zlib = {}, random = Math.random } = options;
  const { note } = journal;
  return defer(() => {
    const stored$ = new ReplaySubject<Readonly<Record<string, Json>>>(1);
    const closed$ = new ReplaySubject<void>(1);
    const { recovered: counts, newestAt } = spool;
    note({ at: 'recovered', counts, ...(newestAt !== undefined && { newestAt }) });

    let marks = spool.marks;
    const settled = (newer: Readonly<Record<string, Json>>): void => {
      marks = { ...marks, ...newer };
      stored$.next(marks);
    };
    const evicted = ({ header, reason }: Gone): void => {
      const { counts, id } = header;
      note({ at: 'dropped', from: 'spooled', counts, reason, payload: id });
    };
    // A source that can be held back reads on only when what it emitted is durable: under pressure it is told later.
    const told$ = stored$.pipe(holdBack(spool.pressure$));
    const urgent$ = new Subject<void>();
    const written$ = lines(spool, told$, options).pipe(
      see((line) => {
        if (line.urgent) urgent$.next();
      }),
      bufferWindow<Line, Header>(
        {
          limits$: config$.pipe(map(windowLimits)),
          flush$: urgent$.pipe(hasten(URGENT)),
          bytes: (line) => line.bytes,
          withNext: (line) => line.withNext === true,
          onDrop: (dropped) => {
            const counts = countsOf(dropped);
            const seqs = [dropped[0]?.seq ?? 0, dropped.at(-1)?.seq ?? 0] as const;
            note({ at: 'dropped', from: 'buffered', counts, reason: 'buffer_full', seqs });
            // What is lost needs no care any more: a source that waits for it to become durable would wait for ever.
            settled(marksOf(dropped));
          },
        },
        store({
          spool,
          journal,
          collectorId$: options.collectorId$,
          hostname,
          version,
          newId,
          ...zlib,
        }),
      ),
      tap({
        next: (header) => settled(header.marks),
        complete: () => closed$.next(),
      }),
    );
    const evicted$ = spool.evicted$.pipe(see(evicted));
    const news$ = spool.news$.pipe(see((news) => note(newsEntry(news))));
    const delivered$ = deliver({
      spool,
      sink,
      note,
      heartbeat$: heartbeat({ hostname, version, newId, ...zlib }),
      wake$,
      closed$,
      stop$,
      zlib,
      random,
    });
    const left$ = spool.close().pipe(see(evicted), ignoreElements());
    return concat(delivered$.pipe(beside(merge(evicted$, news$, written$))), left$);
  });
}

/** Validated metrics of all sources. */
function lines(
  spool: Spool,
  stored$: Observable<Readonly<Record<string, Json>>>,
  options: PipelineOptions,
): Observable<Line> {
  const { ports, sources, config$, hostname } = options;
  return config$.pipe(
    take(1),
    mergeMap(({ collector }) =>
      collect({
        ...options,
        codecs: new Map(
          sources.flatMap(({ metrics }) =>
            metrics.map(
              (schema) => [String(schema.properties['type']?.const), codec(schema)] as const,
            ),
          ),
        ),
        postgres: ports.postgres,
        host: ports.host,
        logs: ports.logs,
        phase: options.phase ?? phaseOf(collector.id ?? hostname),
        random: options.random ?? Math.random,
        marks: spool.marks,
        stored$,
      }),
    ),
  );
}
