import { type Observable, asyncScheduler, map, merge, take, tap } from 'rxjs';
import { beside } from '../operators/beside.ts';
import type { RecordingHeader } from '../recording/recorded.ts';
import type { LazyRecord } from '../recording/note.ts';
import { recordedPorts } from '../recording/recordedPorts.ts';
import { version } from '../schema/version.ts';
import { registry } from '../sources/registry.ts';
import { phaseOf } from '../streams/pipeline/phase.ts';
import type { Opened } from './opened.ts';
import type { World } from './world.ts';

/** A recording that begins. */
export interface Begun {
  readonly header: RecordingHeader;
  /** What is known, then what comes in; never ends by itself. */
  readonly records$: Observable<LazyRecord>;
}

export interface RecordableOptions {
  readonly maxBytes: number;
  /** What is recorded, in words. */
  readonly scenario?: string;
  /** Further folders and names, and what stands for each. */
  readonly places?: ReadonlyMap<string, string>;
  /** Whether what is recorded runs already. */
  readonly attached?: boolean;
}

/** What a command works with, where that can be recorded at any time. */
export interface Recordable {
  readonly opened: Opened;
  /** Emits once; to be used at once. */
  readonly begin: (options: RecordableOptions) => Observable<Begun>;
  /** Tells recordings of the signals that come while `work` runs. */
  readonly heard: <T>(work: Observable<T>) => Observable<T>;
}

/** Puts the recorder between a command and its ports. It costs next to nothing while nobody records. */
export function recordable(
  opened: Opened,
  { stop$, reload$, environment }: Pick<World, 'stop$' | 'reload$' | 'environment'>,
): Recordable {
  const { ports, rules, local } = opened;
  const { id, hostname: named } = local.config.collector;
  const recorded = recordedPorts(ports);
  const { signal } = recorded;
  const signals$ = merge(
    stop$.pipe(tap(() => signal('stop'))),
    reload$.pipe(tap(() => signal('reload'))),
  );
  function begin(options: RecordableOptions): Observable<Begun> {
    const { maxBytes, scenario, places = [], attached } = options;
    // Through the recorder: so it stands in the first lines, without which nothing can be replayed.
    return recorded.ports.host.facts().pipe(
      take(1),
      map(({ hostname, nodeVersion }) => {
        const startedAt = asyncScheduler.now();
        const header: RecordingHeader = {
          recording: 1,
          startedAt: new Date(startedAt).toISOString(),
          agent: version,
          node: nodeVersion,
          platform: ports.host.platform,
          maxBytes,
          types: [...new Set(registry.map(({ type }) => type))],
          phase: phaseOf(id ?? named ?? hostname),
          ...(attached && { attached }),
          ...(scenario !== undefined && { scenario }),
        };
        const records$ = recorded.records({
          startedAt,
          places: new Map([...foldersOf(environment), [hostname, 'host'] as const, ...places]),
          isPublic: (key) => rules.compiled.publicNames.has(key),
        });
        return { header, records$ };
      }),
    );
  }
  const made: Recordable = {
    opened: { ...opened, ports: { ...recorded.ports, close: ports.close } },
    begin,
    heard: (work) => work.pipe(beside(signals$)),
  };
  return made;
}

/** The user's folders. */
function foldersOf(environment: World['environment']): readonly (readonly [string, string])[] {
  const { HOME: home, TMPDIR: temporary } = environment;
  return [
    [home ?? '', '/home/user'],
    [temporary?.replace(/\/+$/, '') ?? '', '/tmp'],
  ];
}
