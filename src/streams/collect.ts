import {
  BehaviorSubject,
  NEVER,
  type Observable,
  defer,
  distinctUntilChanged,
  finalize,
  map,
  merge,
  take,
  takeUntil,
} from 'rxjs';
import { beside } from '../operators/beside.ts';
import { eachKey } from '../operators/eachKey.ts';
import { holding } from '../operators/holding.ts';
import { see } from '../operators/see.ts';
import { validate } from '../operators/validate.ts';
import type { Ports } from '../ports.ts';
import type { Codec } from '../schema/codec.ts';
import type { Config, ServerSettings } from '../schema/config.ts';
import type { Metric } from '../schema/metric.ts';
import type { Line } from '../schema/payload.ts';
import type { MonitoredServer, Source } from '../sources/source.ts';
import { CheckedLine } from './collect/checkedLine.ts';
import { governor } from './governor.ts';
import { monitored } from './collect/servers.ts';
import { listed } from './collect/listed.ts';
import { type Surroundings, type UnitSample, unit } from './collect/unit.ts';

export interface CollectOptions extends Surroundings {
  readonly postgres: Ports['postgres'];
  readonly sources: readonly Source[];
  /** The codec of each metric type. */
  readonly codecs: ReadonlyMap<string, Codec>;
  /** Emits once: clocks complete, polls in flight get a moment, the stream completes. */
  readonly stop$: Observable<void>;
  /** SIGHUP: what servers are and have is probed again. Default: never. */
  readonly reload$?: Observable<unknown>;
}

/** A metric above this is refused: sources split longer lists into parts. */
const MAX_METRIC_BYTES = 262_144;

/**
 * Every metric of every source, validated once, to be stringified once.
 *
 *     stop$        ---------------s
 *     host         -a----a----a---|
 *     server main  --b--b--x--b---|        x fails its schema: counted, reported, not sent
 *     result       -ab--ab----a---(b|)
 *
 * Never errors, and does not end before `stop$`. Servers come and go with the configuration.
 */
export function collect(options: CollectOptions): Observable<Line> {
  const { journal } = options;
  return defer(() => {
    let seq = 0;
    const { note } = journal;
    const present$ = new BehaviorSubject<readonly MonitoredServer[]>([]);
    return merge(hostUnits(options, present$), serverUnits(options, present$)).pipe(
      see(({ unit: name, sample }) => {
        note({ at: 'source', unit: name, metric: sample.metric });
      }),
      validate(
        (value) => checked(value, options.codecs, () => seq++),
        ({ sample: { metric } }, problem) => {
          const counts = { [metric.type]: 1 };
          note({ at: 'dropped', from: 'buffered', counts, reason: 'invalid', problem, metric });
        },
      ),
      see(({ line, metric }) => {
        note({ at: 'validated', line, metric });
      }),
      map(({ line }) => line),
    );
  });
}

/** One unit per host source; they see which servers are there. */
function hostUnits(
  options: CollectOptions,
  servers$: Observable<readonly MonitoredServer[]>,
): Observable<UnitSample> {
  const { sources, stop$ } = options;
  return merge(
    ...sources
      .filter((source) => source.scope === 'host')
      .map((source) =>
        unit(source.type, source, options, stop$, (context) =>
          source.read({ ...context, servers$ }),
        ),
      ),
  );
}

/** One unit per server and server source; all units of a server share its three connections. */
function serverUnits(
  options: CollectOptions,
  present$: BehaviorSubject<readonly MonitoredServer[]>,
): Observable<UnitSample> {
  const { config$, postgres, sources, stop$, reload$ = NEVER } = options;
  const { note } = options.journal;
  const ofServer = sources.filter((source) => source.scope === 'server');
  const servers$ = config$.pipe(
    map((config) => config.postgres),
    distinctUntilChanged(),
    takeUntil(stop$),
  );
  return servers$.pipe(
    eachKey<Config['postgres'], ServerSettings, UnitSample>(
      (servers) => new Map(servers.map((settings) => [settings.name, settings])),
      (a, b) => a === b,
      (name, settings$, gone$) =>
        postgres(settings$).pipe(
          holding((port) => {
            const governed = governor({ name, port, settings$, sources: ofServer, note });
            const server = monitored(name, governed.server, settings$);
            const end$ = merge(stop$, gone$).pipe(take(1));
            return merge(
              ...ofServer.map((source) =>
                unit(`${name}/${source.type}`, source, options, end$, (context) =>
                  source.read({
                    ...context,
                    settings$: governed.paced(source.type, context.settings$),
                    server,
                  }),
                ),
              ),
            ).pipe(
              beside(reload$.pipe(see(() => server.forget()))),
              beside(listed(present$, server).pipe(takeUntil(gone$))),
              finalize(governed.close),
            );
          }),
        ),
    ),
  );
}

/** The metric as a line, or what is wrong with it. */
function checked(
  { unit: name, sample: { metric, mark, urgent, withNext } }: UnitSample,
  codecs: ReadonlyMap<string, Codec>,
  nextSeq: () => number,
): { ok: { line: Line; metric: Metric } } | { problem: string } {
  const codec = codecs.get(metric.type);
  if (!codec) return { problem: `no schema is registered for the type "${metric.type}"` };
  const result = codec(metric);
  if ('problem' in result) return result;
  const { bytes } = result;
  if (bytes > MAX_METRIC_BYTES) {
    return { problem: `${bytes} bytes are more than a metric may have (${MAX_METRIC_BYTES})` };
  }
  const of = { seq: nextSeq(), unit: name, type: metric.type, mark, urgent, withNext };
  const line = new CheckedLine(of, result);
  return { ok: { line, metric } };
}
