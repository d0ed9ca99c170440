import {
  type MonoTypeOperatorFunction,
  type Observable,
  asyncScheduler,
  concatMap,
  defer,
  distinctUntilChanged,
  finalize,
  map,
  take,
} from 'rxjs';
import { poll } from '../operators/poll.ts';
import type { SectionSettings } from '../schema/config.ts';
import type { Metric } from '../schema/metric.ts';
import type { Context, Sample } from './source.ts';

export interface PolledOptions<S> {
  /** Deadline of one read in ms, after which it is cancelled and reported. */
  readonly timeoutMs: number;
  /** Seconds between two reads. Default: the section's `interval`. */
  readonly every?: (settings: S) => number;
}

/**
 * Reads once per `interval` of the section, with the settings in force at that moment.
 *
 *     settings   i------------------j-----------
 *     due        x----x----x----x---x--x--x--x
 *     result     -m----m----m----m---m--m--m--m
 *
 * A metric that says `urgent: true` of itself leaves at once. A section that is off pauses the clock; a change of anything but the interval leaves it alone. An error of `read`
 * goes to `context.trouble` and the next tick reads again; ticks during a read are skipped and counted. Never errors;
 * completes after `stop$`, when the read in flight has ended or its grace is over.
 */
export function polled<S extends SectionSettings>(
  context: Context<S>,
  { timeoutMs, every = ({ interval }) => interval }: PolledOptions<S>,
  read: (settings: S, dueAt: number) => Observable<Metric | readonly Metric[]>,
): Observable<Sample> {
  return poll({
    period$: context.settings$.pipe(
      map((settings) => (settings.enabled ? every(settings) * 1000 : null)),
      distinctUntilChanged(),
    ),
    stop$: context.stop$,
    work: (dueAt) =>
      context.settings$.pipe(
        take(1),
        concatMap((settings) => read(settings, dueAt)),
        concatMap((read) => (isList(read) ? read : [read])),
        map(sampled),
        timed(context.polled),
      ),
    timeoutMs,
    phase: context.phase,
    onError: context.trouble,
    onSkip: context.skipped,
  });
}

/** Tells how long it took, however it ends. */
function timed<T>(told: (tookMs: number) => void): MonoTypeOperatorFunction<T> {
  return (source) =>
    defer(() => {
      const from = asyncScheduler.now();
      return source.pipe(finalize(() => told(Math.max(0, asyncScheduler.now() - from))));
    });
}

const isList = (read: Metric | readonly Metric[]): read is readonly Metric[] => Array.isArray(read);

const sampled = (metric: Metric): Sample =>
  metric['urgent'] === true ? { metric, urgent: true } : { metric };
