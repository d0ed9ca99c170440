import {
  EMPTY,
  type MonoTypeOperatorFunction,
  type Observable,
  catchError,
  concat,
  connect,
  defer,
  delay,
  endWith,
  from,
  ignoreElements,
  map,
  merge,
  of,
  switchMap,
  takeUntil,
  tap,
} from 'rxjs';
import { messageOf } from '../errors.ts';
import { type Answer, listen } from '../io/tapSocket/listen.ts';
import type { LazyLine } from '../io/tapSocket/reader.ts';
import type { Config } from '../schema/config.ts';
import type { Entry } from '../schema/journal.ts';
import { version } from '../schema/version.ts';
import { type History, history } from '../tap/history.ts';
import type { Selection } from '../tap/selection.ts';
import { tapped } from '../tap/tapped.ts';
import { type WireLine, writeTapped } from '../tap/wire.ts';
import type { Reach } from './reach.ts';
import type { Recordable } from './recordable.ts';
import { tapRequest } from './tapRequest.ts';
import { tapSocketOf } from './tapSocketOf.ts';
import type { World } from './world.ts';

/** How long taps have for the last lines, in ms. */
const END_MS = 50;

export interface TapServedOptions {
  readonly config: Config;
  readonly log: World['log'];
  /** What can be recorded while it runs. Default: nothing. */
  readonly able?: Recordable;
  /** What else can be asked of the agent. Default: nothing. */
  readonly reach?: Reach;
}

/**
 * Lets taps and recorders attach to what passes, where `[tap]` says so. Neither of them, nor whatever they do, changes
 * anything of what passes; a socket that cannot be opened is said in the log.
 */
export function tapServed({
  config,
  log,
  able,
  reach,
}: TapServedOptions): MonoTypeOperatorFunction<Entry> {
  const { enabled, history_bytes: maxBytes } = config.tap;
  if (!enabled) return (source) => source;
  return connect((entries$) =>
    defer(() => {
      const past = history(maxBytes);
      const kept$ = entries$.pipe(
        tap((entry) => past.keep(entry)),
        ignoreElements(),
      );
      const ended$ = entries$.pipe(ignoreElements(), endWith(null));
      const answer = (text: string): Answer => {
        const request = tapRequest(text);
        if (request.is === 'tap') return { lines$: selected(request.selection, past, entries$) };
        if (request.is === 'record' && able) {
          return { lines$: recording(able, request.maxBytes, ended$), whole: true };
        }
        if (request.is === 'status' && reach) return answered(reach.standing());
        if (request.is === 'aside' && reach) return answered(reach.aside(request));
        return { lines$: of(now({ problem: 'the request is of another version' })) };
      };
      const served$ = listen({
        path: tapSocketOf(config),
        serve: answer,
        skipped: (count) => line({ skipped: count }),
      }).pipe(
        catchError((error: unknown) => {
          const message = `no tap can attach: ${messageOf(error)}`;
          log.write({ level: 'warn', unit: 'tap', message });
          return EMPTY;
        }),
        // Taps hear of the end before the process is gone.
        takeUntil(ended$.pipe(delay(END_MS))),
      );
      return merge(kept$, served$, entries$);
    }),
  );
}

/** One answer in one line. */
function answered(answer$: Observable<unknown>): Answer {
  return { lines$: answer$.pipe(map((answer) => now({ answer }))), whole: true };
}

/** Who answers. */
function hello(): Observable<LazyLine> {
  return of(now({ hello: 1, version, pid: process.pid }));
}

/** What a tap is told: who answers, then what it selected. */
function selected(
  selection: Selection,
  past: History,
  entries$: Observable<Entry>,
): Observable<LazyLine> {
  const picked = tapped(selection, writeTapped);
  if ('problem' in picked) return of(now({ problem: picked.problem }));
  // A metric that is followed by its number may have been read already.
  const ms = typeof selection.trace === 'number' ? Infinity : selection.historyMs;
  const past$ = defer(() => (ms === 0 ? EMPTY : from(past.since(ms))));
  return concat(hello(), concat(past$, entries$).pipe(picked.work), of(now({ end: true })));
}

/** What a recorder is told: who answers, then the lines of the recording. */
function recording(
  { begin }: Recordable,
  maxBytes: number,
  ended$: Observable<unknown>,
): Observable<LazyLine> {
  const lines$ = begin({ maxBytes, attached: true }).pipe(
    switchMap(({ header, records$ }) =>
      concat(
        of({ bytes: 0, text: () => JSON.stringify(header) }),
        records$.pipe(
          map(({ bytes, make }) => ({ bytes, text: () => JSON.stringify(make()) })),
          takeUntil(ended$),
        ),
      ),
    ),
  );
  return concat(hello(), lines$, of(now({ end: true })));
}

const line = (wire: WireLine): string => JSON.stringify(wire);
const now = (wire: WireLine): LazyLine => ({ bytes: 0, text: () => line(wire) });
