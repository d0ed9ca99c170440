import {
  type MonoTypeOperatorFunction,
  type Observable,
  defer,
  filter,
  finalize,
  ReplaySubject,
  of,
  switchMap,
  take,
  tap,
} from 'rxjs';
import type { AsideName, OpenSpool, Spool } from '../ports/spool.ts';
import type { Entry } from '../schema/journal.ts';
import type { Standing } from '../schema/standing.ts';
import { version } from '../schema/version.ts';
import { StandingKeeper } from '../streams/journal/standingKeeper.ts';
import type { AsideOrder } from './tapRequest.ts';

/** What other commands reach of a running agent. */
export interface Reach {
  /** Puts itself between the agent and its spool. */
  readonly spool: (open: OpenSpool) => OpenSpool;
  /** Listens to the agent. */
  readonly heard: MonoTypeOperatorFunction<Entry>;
  /** Emits how it does now. */
  readonly standing: () => Observable<Standing>;
  /** Carries an order out as soon as the spool is open; emits the names that it was carried out for. */
  readonly aside: (order: AsideOrder) => Observable<readonly AsideName[]>;
}

/** The reach of one run. */
export function reach(): Reach {
  const keeper = new StandingKeeper({ version, pid: process.pid });
  const spool$ = new ReplaySubject<Spool | null>(1);
  const within: Reach = {
    spool: (open) => (limits) =>
      open(limits).pipe(
        tap((spool) => spool$.next(spool)),
        finalize(() => spool$.next(null)),
      ),
    heard: (source) => source.pipe(tap((entry) => keeper.note(entry))),
    standing: () => defer(() => of(keeper.now())),
    aside: ({ work, names }) =>
      spool$.pipe(
        filter((spool) => spool !== null),
        take(1),
        switchMap(({ aside }) => aside[work](names)),
      ),
  };
  return within;
}
