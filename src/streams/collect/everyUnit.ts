import {
  type MonoTypeOperatorFunction,
  type Observable,
  connect,
  filter,
  ignoreElements,
  map,
  merge,
  scan,
  take,
  tap,
  timer,
} from 'rxjs';
import type { Config } from '../../schema/config.ts';
import type { Entry } from '../../schema/journal.ts';
import type { Source } from '../../sources/source.ts';

/** The units that a configuration makes read on a clock: host sources once, server sources once for each server. */
export function polledUnits(
  sources: readonly Source[],
  { postgres, sections }: Config,
): Set<string> {
  const on = sources.filter(({ type, follows }) => !follows && sections[type]?.enabled);
  return new Set(
    on.flatMap(({ type, scope, parts }) => {
      if (scope === 'host') return [type];
      return postgres.flatMap(({ name }) =>
        parts
          ? parts(sections[type] as never, name).map((part) => `${name}/${type}/${part}`)
          : [`${name}/${type}`],
      );
    }),
  );
}

/**
 * Calls `onDone` once when each of the units has read, failed, or said why it does not read, and at latest after `withinMs`.
 *
 *     units     a, b
 *     source    -a--a-T(b)--      T: trouble counts as an answer
 *     onDone          x
 */
export function everyUnit(
  units: ReadonlySet<string>,
  withinMs: number,
  onDone: () => void,
): MonoTypeOperatorFunction<Entry> {
  function answered(source: Observable<Entry>): Observable<unknown> {
    return source.pipe(
      filter((entry) => entry.at === 'source' || entry.at === 'trouble' || entry.at === 'notice'),
      map(({ unit }) => unit),
      scan((left, unit) => {
        left.delete(unit);
        return left;
      }, new Set(units)),
      filter(({ size }) => size === 0),
    );
  }
  return connect((entries$) =>
    merge(
      merge(answered(entries$), timer(withinMs)).pipe(take(1), tap(onDone), ignoreElements()),
      entries$,
    ),
  );
}
