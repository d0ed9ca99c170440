import {
  type Observable,
  EMPTY,
  ReplaySubject,
  catchError,
  defaultIfEmpty,
  defer,
  distinctUntilChanged,
  filter,
  map,
  merge,
  mergeScan,
  of,
  switchMap,
  take,
  tap,
} from 'rxjs';
import { ConfigError, FileError, codeOf, messageOf } from '../errors.ts';
import type { ConfigText, ConfigUnreadable, PulledText } from '../ports/configFile.ts';
import type { Config } from '../schema/config.ts';
import {
  type ConfigEvent,
  type ConfigState,
  type ConfigSurroundings,
  nextState,
} from './config/configState.ts';

export interface ConfigOptions extends ConfigSurroundings {
  /** The local file: at once, then whenever it changed. */
  readonly file$: Observable<ConfigText | ConfigUnreadable>;
  /** The pulled texts, given the configuration in force; null withdraws the overlay. See `configPull`. */
  readonly pull: (config$: Observable<Config>) => Observable<PulledText | null>;
}

/**
 * The effective configuration: defaults ← local file ← pulled overlay, each time it changes.
 *
 *     file$     a-----x--------b----      x: broken: reported, a stays
 *     pulled    ---p-------q--------      q: forbidden keys: refused whole, p stays
 *     result    a--A-----------B----      A = a with p over it; B = b with p over it
 *
 * Starts with the overlay that was last accepted, from the store. Whatever did not change keeps its identity (`===`),
 * from the whole configuration down to a single section. Every change, refusal and restart-only key is noted.
 *
 * Errors with `ConfigError` where the first local text cannot be read or used; never afterwards.
 */
export function config({ file$, pull, ...around }: ConfigOptions): Observable<Config> {
  const { store, note } = around;
  const trouble = (error: unknown): void => {
    note({ at: 'trouble', unit: 'config', code: codeOf(error), message: messageOf(error) });
  };
  return defer(() => {
    const effective$ = new ReplaySubject<Config>(1);
    const stored$ = defer(() => store.load()).pipe(
      take(1),
      defaultIfEmpty(null),
      catchError((error: unknown) => {
        trouble(error);
        return of(null);
      }),
    );
    const local$ = file$.pipe(
      catchError((error: unknown) => {
        throw error instanceof FileError
          ? new ConfigError([error.message], { cause: error })
          : error;
      }),
      map((reading): ConfigEvent => ({ is: 'file', reading })),
    );
    const pulled$ = pull(effective$.asObservable()).pipe(
      catchError((error: unknown) => {
        trouble(error);
        return EMPTY;
      }),
      map((pulled): ConfigEvent => ({ is: 'pulled', pulled })),
    );
    const start = (stored: PulledText | null): ConfigState => ({
      local: null,
      pulled: stored,
      accepted: stored,
      config: null,
      troubled: false,
    });
    return stored$.pipe(
      switchMap((stored) =>
        merge(local$, pulled$).pipe(
          mergeScan((state, event) => nextState(state, event, around), start(stored), 1),
        ),
      ),
      map((state) => state.config),
      filter((effective) => effective !== null),
      distinctUntilChanged(),
      tap((effective) => effective$.next(effective)),
    );
  });
}
