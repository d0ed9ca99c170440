import {
  EMPTY,
  type Observable,
  type OperatorFunction,
  ReplaySubject,
  Subject,
  concat,
  defer,
  map,
  mergeMap,
  observeOn,
  queueScheduler,
  tap,
} from 'rxjs';

/** The life of one key, from its appearance to its disappearance and the end of its inner stream. */
interface Unit<S> {
  slice: S;
  wanted: boolean;
  ended: boolean;
  readonly slice$: ReplaySubject<S>;
  readonly gone$: ReplaySubject<void>;
  readonly ended$: Subject<never>;
  readonly predecessor: Unit<S> | undefined;
}

/**
 * Keeps one inner stream per key: born when the key appears, fed its own changed slices, told when the key disappears.
 *
 *     source     a-----b-----c---|        a = {x: 1}, b = {x: 1, y: 1}, c = {y: 2}
 *     inner x    1-----------g--|         g = gone$
 *     inner y          1-----2---------|
 *     result     all that the inners emit; completes with the source and the last inner
 *
 * - `slice$` emits the newest slice at once, then each that is not the `same`; completes when the key goes and when the
 *   source completes.
 * - `gone$` emits once when the key goes, at once for who asks later; completes as `slice$` does. The inner then ends by
 *   itself, at its own pace; when the source completes, it may go on for as long as it likes.
 * - A key that comes back while its old inner still drains gets the new one when the old one has ended, with the newest
 *   slice by then, so that there are never two; if it goes again before that, the new one is never born.
 * - An inner that completes although its key is there is not born again before the key went and came back.
 * - An error of the source, an inner or a callback errors the result and ends all inners, as does unsubscribing.
 */
export function eachKey<T, S, R>(
  slices: (value: T) => ReadonlyMap<string, S>,
  same: (a: S, b: S) => boolean,
  project: (key: string, slice$: Observable<S>, gone$: Observable<void>) => Observable<R>,
): OperatorFunction<T, R> {
  return (source) =>
    defer(() => {
      const units = new Map<string, Unit<S>>();
      const freeze = ({ slice$, gone$ }: Unit<S>): void => {
        slice$.complete();
        gone$.complete();
      };
      const leave = (key: string, unit: Unit<S>): void => {
        unit.wanted = false;
        if (unit.ended) units.delete(key);
        unit.gone$.next();
        freeze(unit);
      };
      const arrive = (key: string, slice: S, predecessor: Unit<S> | undefined): Unit<S> => {
        const unit: Unit<S> = {
          slice,
          wanted: true,
          ended: false,
          slice$: new ReplaySubject<S>(1),
          gone$: new ReplaySubject<void>(1),
          ended$: new Subject<never>(),
          predecessor,
        };
        unit.slice$.next(slice);
        units.set(key, unit);
        return unit;
      };
      const change = (wanted: ReadonlyMap<string, S>): [string, Unit<S>][] => {
        for (const [key, unit] of units) if (unit.wanted && !wanted.has(key)) leave(key, unit);
        const born: [string, Unit<S>][] = [];
        for (const [key, slice] of wanted) {
          const unit = units.get(key);
          if (!unit?.wanted) born.push([key, arrive(key, slice, unit)]);
          else if (!same(unit.slice, slice)) {
            unit.slice = slice;
            unit.slice$.next(slice);
          }
        }
        return born;
      };
      function live([key, unit]: [string, Unit<S>]): Observable<R> {
        return concat(
          unit.predecessor?.ended$ ?? EMPTY,
          defer(() => (unit.wanted ? project(key, unit.slice$, unit.gone$) : EMPTY)),
          defer(() => {
            unit.ended = true;
            if (!unit.wanted && units.get(key) === unit) units.delete(key);
            unit.ended$.complete();
            return EMPTY;
          }),
        );
      }
      return source.pipe(
        map(slices),
        // A source that emits while its inners are being told waits for its turn; else the older slices would win.
        observeOn(queueScheduler),
        tap({ complete: () => units.forEach(freeze) }),
        mergeMap(change),
        mergeMap(live),
      );
    });
}
