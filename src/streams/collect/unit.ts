import {
  type Observable,
  defer,
  distinctUntilChanged,
  map,
  startWith,
  switchMap,
  takeUntil,
  timer,
} from 'rxjs';
import { codeOf, messageOf } from '../../errors.ts';
import { retryBackoff } from '../../operators/retryBackoff.ts';
import type { Host } from '../../ports/host.ts';
import type { Logs } from '../../ports/logs.ts';
import type { Config } from '../../schema/config.ts';
import type { Json } from '../../schema/json.ts';
import type { Context, Reports, Sample, Source } from '../../sources/source.ts';
import type { Journal } from '../journal.ts';

/** A sample and who read it: `<server>/<type>`, `<type>`, or a part of one: `<server>/<type>/<part>`. */
export interface UnitSample {
  readonly unit: string;
  readonly sample: Sample;
}

/** What all units of an agent share. */
export interface Surroundings {
  readonly config$: Observable<Config>;
  readonly journal: Journal;
  readonly host: Host;
  readonly logs: Logs;
  readonly hostname: string;
  /** See `Context.phase`. */
  readonly phase: number;
  /** See `Context.random`. */
  readonly random: () => number;
  /** Marks found when the spool was opened, by unit. */
  readonly marks: Readonly<Record<string, Json>>;
  /** Marks of each payload that became durable, by unit. */
  readonly stored$: Observable<Readonly<Record<string, Json>>>;
}

/** A source that errored is started again after a wait that grows between these bounds, in ms. */
const AGAIN = { initialMs: 1_000, maxMs: 60_000 };

/** A source that has not ended this long after it was asked to is cut off, so that it cannot hold up a shutdown. */
const GRACE_MS = 5_000;

/**
 * Runs one source as a unit: gives it its context, names what it emits, and stops its errors here, so that the merged
 * stream never errors: a source that does is reported and started again.
 */
export function unit(
  name: string,
  source: Source,
  around: Surroundings,
  stop$: Observable<void>,
  read: (context: Context<never>) => Observable<Sample>,
): Observable<UnitSample> {
  const { config$, journal } = around;
  const reports = (of: string): Reports => ({
    trouble: (error) => {
      journal.note({ at: 'trouble', unit: of, code: codeOf(error), message: messageOf(error) });
    },
    notice: (message) => {
      journal.note({ at: 'notice', unit: of, message });
    },
    polled: (tookMs) => {
      journal.note({ at: 'polled', unit: of, tookMs });
    },
    skipped: (ticks) => {
      journal.note({ at: 'skipped', unit: of, ticks });
    },
  });
  const unitOf = (part: string | undefined): string =>
    part === undefined ? name : `${name}/${part}`;
  const { trouble } = reports(name);
  const context: Context<never> = {
    settings$: config$.pipe(
      map(({ sections }) => sections[source.type] as never),
      distinctUntilChanged(),
    ),
    privacy$: config$.pipe(
      map(({ privacy }) => privacy),
      distinctUntilChanged(),
    ),
    stop$,
    durable$: around.stored$.pipe(
      map((marks) => marks[name]),
      startWith(around.marks[name]),
      distinctUntilChanged(),
    ),
    books$: journal.books$,
    activity$: journal.activity$,
    host: around.host,
    logs: around.logs,
    hostname: around.hostname,
    phase: around.phase,
    random: around.random,
    ...reports(name),
    part: (part) => reports(unitOf(part)),
  };
  return defer(() => read(context)).pipe(
    retryBackoff({ ...AGAIN, wake$: stop$, onRetry: trouble, random: around.random }),
    map((sample) => ({ unit: unitOf(sample.part), sample })),
    takeUntil(stop$.pipe(switchMap(() => timer(GRACE_MS)))),
  );
}
