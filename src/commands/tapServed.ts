import { Ajv, type ValidateFunction } from 'ajv';
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
  takeUntil,
  tap,
} from 'rxjs';
import { messageOf } from '../errors.ts';
import { listen } from '../io/tapSocket/listen.ts';
import type { LazyLine } from '../io/tapSocket/reader.ts';
import type { Config } from '../schema/config.ts';
import type { Entry } from '../schema/journal.ts';
import { version } from '../schema/version.ts';
import { type History, history } from '../tap/history.ts';
import { Selection } from '../tap/selection.ts';
import { tapped } from '../tap/tapped.ts';
import type { Tapped } from '../tap/view.ts';
import { type WireLine, writeTapped } from '../tap/wire.ts';
import { tapSocketOf } from './tapSocketOf.ts';
import type { World } from './world.ts';

/** How long taps have for the last lines, in ms. */
const END_MS = 50;

/**
 * Lets taps attach to what passes, where `[tap]` says so. No tap, and whatever a tap does, changes anything of what passes;
 * a socket that cannot be opened is said in the log.
 */
export function tapServed(config: Config, { log }: World): MonoTypeOperatorFunction<Entry> {
  const { enabled, history_bytes: maxBytes } = config.tap;
  if (!enabled) return (source) => source;
  return connect((entries$) =>
    defer(() => {
      const past = history(maxBytes);
      const kept$ = entries$.pipe(
        tap((entry) => past.keep(entry)),
        ignoreElements(),
      );
      const served$ = listen({
        path: tapSocketOf(config),
        serve: (request) => answer(request, past, entries$),
        skipped: (count) => line({ skipped: count }),
      }).pipe(
        catchError((error: unknown) => {
          const message = `no tap can attach: ${messageOf(error)}`;
          log.write({ level: 'warn', unit: 'tap', message });
          return EMPTY;
        }),
        // Taps hear of the end before the process is gone.
        takeUntil(entries$.pipe(ignoreElements(), endWith(null), delay(END_MS))),
      );
      return merge(kept$, served$, entries$);
    }),
  );
}

/** What a tap is told: who answers, then what it selected. */
function answer(request: string, past: History, entries$: Observable<Entry>): Observable<LazyLine> {
  const selection = selectionOf(request);
  const picked = selection ? tapped(selection) : { problem: 'the request is of another version' };
  if (!selection || 'problem' in picked) {
    return of(now({ problem: 'problem' in picked ? picked.problem : '' }));
  }
  // A metric that is followed by its number may have been read already.
  const ms = typeof selection.trace === 'number' ? Infinity : selection.historyMs;
  const past$ = defer(() => (ms === 0 ? EMPTY : from(past.since(ms))));
  return concat(
    of(now({ hello: 1, version, pid: process.pid })),
    concat(past$, entries$).pipe(picked.work, map(lazily)),
    of(now({ end: true })),
  );
}

let fits: ValidateFunction<Selection> | undefined;

function selectionOf(request: string): Selection | null {
  try {
    const asked: unknown = JSON.parse(request);
    // Compiled for the first tap: most agents never see one.
    fits ??= new Ajv({ strict: false, meta: false, validateSchema: false }).compile(Selection);
    return fits(asked) ? asked : null;
  } catch {
    return null;
  }
}

const line = (wire: WireLine): string => JSON.stringify(wire);
const now = (wire: WireLine): LazyLine => ({ bytes: 0, text: () => line(wire) });
const lazily = (one: Tapped): LazyLine => ({
  bytes: one.entry.at === 'validated' ? one.entry.line.bytes : 1_000,
  text: writeTapped(one),
});
