import {
  BehaviorSubject,
  EMPTY,
  NEVER,
  type Observable,
  Subject,
  catchError,
  combineLatest,
  concat,
  concatMap,
  defer,
  filter,
  ignoreElements,
  map,
  merge,
  switchMap,
  take,
  takeUntil,
  tap,
  timer,
} from 'rxjs';
import { codeOf, messageOf } from '../errors.ts';
import type { Fate, Spool } from '../ports/spool.ts';
import type { Entry } from '../schema/journal.ts';
import type { Header, Payload } from '../schema/payload.ts';
import type { Receipt } from '../schema/receipt.ts';
import type { Zlib } from '../sinks/bodyFor.ts';
import type { Sink } from '../sinks/sink.ts';
import { attempts } from './deliver/attempts.ts';
import { deliveryDelay } from './deliver/deliveryDelay.ts';

export interface DeliverOptions {
  readonly spool: Spool;
  readonly sink: Sink;
  readonly note: (entry: Entry) => void;
  /** A push without metrics, made anew at each subscription. */
  readonly heartbeat$: Observable<Payload>;
  /** Ends a wait at once: new settings, new credentials. News only: what it emits on subscription would end it too. */
  readonly wake$: Observable<unknown>;
  /** Emits when nothing more will be appended: delivery ends when the spool is empty. */
  readonly closed$: Observable<unknown>;
  /** From its first emission on, delivery goes on for `drainMs` at most. */
  readonly stop$: Observable<unknown>;
  /** Default 10,000. */
  readonly drainMs?: number;
  /** A heartbeat goes out when nothing else did for this long. Default 60,000. */
  readonly heartbeatMs?: number;
  /** A number in [0, 1). Default `Math.random`. */
  readonly random?: () => number;
  /** Replaces zlib in tests. */
  readonly zlib?: Zlib;
}

/** How many refusals in a row are taken for poison; more are taken for a backend that refuses everything. */
const REFUSALS_IN_ROW = 3;

/**
 * Empties the spool into the sink: oldest first, one payload in flight, each until its fate is settled.
 *
 *     entries$   -a---------b-----------------
 *     sink        --x    --o ---o                 x = 503, o = 200
 *     wait          -----
 *     heartbeat                  -----h
 *     closed$    -----------------------------c
 *     result     ----------------------------|
 *
 * Never errors, emits nothing: all that happens is noted. Completes when `closed$` has emitted and nothing waits, or
 * `drainMs` after `stop$`; an attempt in flight is then aborted.
 */
export function deliver(options: DeliverOptions): Observable<never> {
  const { spool, note, wake$, closed$, stop$, random = Math.random } = options;
  const { drainMs = 10_000, heartbeatMs = 60_000 } = options;
  return defer(() => {
    const busy$ = new BehaviorSubject(false);
    const stopped$ = new Subject<void>();
    // A stop ends a wait once: what waits may just get through now.
    const woken$ = merge(wake$, stopped$);
    let refusals = 0;
    let troubled = false;

    const seen = (receipt: Receipt): void => {
      note({ at: 'sent', receipt });
      const { verdict } = receipt;
      if (verdict.is !== 'delivered') {
        troubled = true;
        note({ at: 'trouble', unit: 'sink', ...describe(receipt) });
      } else if (troubled) {
        troubled = false;
        note({ at: 'settled', unit: 'sink' });
      }
    };
    const beat$ = options.heartbeat$.pipe(
      concatMap((payload) => options.sink(payload, 1)),
      tap(seen),
    );
    function settled(header: Header, fate: Fate, entry?: Entry): Observable<never> {
      const noted$ = defer(() => {
        if (entry) note(entry);
        return EMPTY;
      });
      return concat(spool.settle(header, fate).pipe(ignoreElements()), noted$);
    }
    /** After several refusals in a row the backend, not the payload, may be at fault: go on slowly. */
    function slowly(): Observable<never> {
      if (refusals < REFUSALS_IN_ROW) return EMPTY;
      const ms = deliveryDelay.refused(refusals - REFUSALS_IN_ROW + 1, random);
      return merge(timer(ms), woken$).pipe(take(1), ignoreElements());
    }
    function one(payload: Payload): Observable<never> {
      const { header } = payload;
      return attempts(payload, { ...options, wake$: woken$, random, seen, beat$ }).pipe(
        concatMap((outcome) => {
          if (outcome.is === 'delivered') {
            refusals = 0;
            return settled(header, outcome, { at: 'acked', receipt: outcome.receipt });
          }
          if (outcome.is === 'split') return settled(header, outcome);
          const { reason } = outcome;
          refusals++;
          return concat(settled(header, outcome, { at: 'set_aside', header, reason }), slowly());
        }),
      );
    }
    function entry(header: Header): Observable<never> {
      let found = false;
      const read$ = spool.read(header).pipe(
        concatMap((payload) => {
          found = true;
          return one(payload);
        }),
      );
      // Evicted meanwhile: counted by who evicted it; only the place at the head is given back.
      const gone$ = defer(() =>
        found ? EMPTY : settled(header, { is: 'set_aside', reason: 'evicted' }),
      );
      const unreadable$ = (error: unknown): Observable<never> => {
        note({ at: 'trouble', unit: 'spool', code: codeOf(error), message: messageOf(error) });
        const reason = 'unreadable';
        return settled(header, { is: 'set_aside', reason }, { at: 'set_aside', header, reason });
      };
      return concat(read$, gone$).pipe(catchError(unreadable$));
    }
    function busily(work: Observable<unknown>): Observable<never> {
      function set(busy: boolean): Observable<never> {
        return defer(() => {
          busy$.next(busy);
          return EMPTY;
        });
      }
      return concat(set(true), work.pipe(ignoreElements()), set(false));
    }

    const idle$ = busy$.pipe(switchMap((busy) => (busy ? NEVER : timer(heartbeatMs))));
    const works$ = merge(
      spool.entries$.pipe(map(entry)),
      idle$.pipe(map(() => acknowledged(beat$, note))),
    );
    const empty$ = closed$.pipe(
      switchMap(() => combineLatest([spool.waiting$, busy$])),
      filter(([waiting, busy]) => waiting === 0 && !busy),
    );
    const late$ = stop$.pipe(
      take(1),
      tap(() => stopped$.next()),
      switchMap(() => timer(drainMs)),
    );
    return works$.pipe(concatMap(busily), takeUntil(merge(empty$, late$)));
  });
}

/** A heartbeat that arrived stands in the journal as a push does. */
function acknowledged(
  beat$: Observable<Receipt>,
  note: (entry: Entry) => void,
): Observable<unknown> {
  return beat$.pipe(
    tap((receipt) => {
      if (receipt.verdict.is === 'delivered') note({ at: 'acked', receipt });
    }),
  );
}

const codes = {
  delivered: '',
  retry: 'ERR_DELIVERY',
  unauthorized: 'ERR_UNAUTHORIZED',
  forbidden: 'ERR_FORBIDDEN',
  too_large: 'ERR_TOO_LARGE',
  rejected: 'ERR_REJECTED',
} as const;

/** What a code of the sink means to an operator. */
const meanings: Readonly<Record<string, string>> = {
  unrecognised_ack:
    'the answer is a success, but not one of the backend: does a portal or a proxy answer in its place? (unrecognised_ack)',
};

function describe({ verdict, endpoint }: Receipt): { code: string; message: string } {
  const said =
    'cause' in verdict ? verdict.cause : 'reason' in verdict ? verdict.reason : verdict.is;
  const why = meanings[said] ?? said;
  // What the port says names the address already.
  const message = why.startsWith('push: ') ? why : `${endpoint}: ${why}`;
  return { code: codes[verdict.is], message };
}
