import { type OperatorFunction, defer, filter } from 'rxjs';
import type { Entry } from '../schema/journal.ts';
import type { Metric } from '../schema/metric.ts';
import { changed } from './changed.ts';
import { type Condition, expression } from './expression/expression.ts';
import { pointAt } from './expression/problem.ts';
import { fits } from './fits.ts';
import { project } from './project.ts';
import { recordOf } from './recordOf.ts';
import type { Selection } from './selection.ts';
import { traced } from './traced.ts';

/** What picks entries of a journal, or what is wrong with what was asked for. */
export type Picked<T> =
  { readonly work: OperatorFunction<Entry, T> } | { readonly problem: string };

/**
 * Passes on the entries that a selection asks for; or what is wrong with the selection.
 *
 *     journal   -v(pg_stats)-v(sysstat)-sent-acked--
 *     result    -v------------------------------a--      types: pg_*, events
 *
 * With `trace` it follows one metric instead, and completes where its way ends.
 */
export function select(selection: Selection): Picked<Entry> {
  const conditions: Condition[] = [];
  for (const text of selection.where) {
    const condition = expression(text);
    if (typeof condition !== 'function') return { problem: pointAt(text, condition) };
    conditions.push(condition);
  }
  const holds = (entry: Entry): boolean => {
    if (conditions.length + selection.having.length === 0) return true;
    const record = recordOf(entry);
    if (selection.having.length > 0 && !project(record, selection.having)) return false;
    return conditions.every((condition) => condition(record));
  };
  if (selection.trace !== null) {
    const wanted = fits({ ...selection, at: ['validated', 'dropped'], events: false });
    return {
      work: traced(
        selection.trace,
        (entry) => wanted(entry) && holds(entry),
      ) satisfies OperatorFunction<Entry, Entry>,
    };
  }
  const fitting = fits(selection);
  const { changed: onlyChanged, sample, having } = selection;
  const isPlain = !onlyChanged && sample === 1 && conditions.length + having.length === 0;
  const work: OperatorFunction<Entry, Entry> = (source) =>
    defer(() => {
      // All that the agent does passes here: what needs no more gets no more.
      if (isPlain) return source.pipe(filter(fitting));
      // Each stage sees each metric.
      const pickers = { source: picker(selection), validated: picker(selection) };
      const picked = (entry: Entry): boolean => !isMetric(entry) || pickers[entry.at](entry.metric);
      return source.pipe(filter((entry) => fitting(entry) && holds(entry) && picked(entry)));
    });
  return { work };
}

/** Whether a metric moved, and its turn has come. */
function picker({ changed: onlyChanged, sample }: Selection): (metric: Metric) => boolean {
  const moved = changed();
  let count = 0;
  return (metric) => (!onlyChanged || moved(metric)) && count++ % sample === 0;
}

const isMetric = (entry: Entry): entry is Extract<Entry, { at: 'source' | 'validated' }> =>
  entry.at === 'source' || entry.at === 'validated';
