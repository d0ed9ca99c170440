import {
  type Observable,
  catchError,
  concatMap,
  defer,
  filter,
  map,
  merge,
  of,
  repeat,
  take,
  takeWhile,
  tap,
  timer,
} from 'rxjs';
import type { Fate } from '../../ports/spool.ts';
import { sumOf } from '../../schema/json.ts';
import type { Payload } from '../../schema/payload.ts';
import type { Receipt } from '../../schema/receipt.ts';
import type { Zlib } from '../../sinks/bodyFor.ts';
import type { Sink } from '../../sinks/sink.ts';
import { deliveryDelay } from './deliveryDelay.ts';
import { halve } from './halve.ts';

export interface AttemptsOptions {
  readonly sink: Sink;
  /** Told of each receipt of the payload. */
  readonly seen: (receipt: Receipt) => void;
  /** One heartbeat at each subscription: whether the backend takes anything at all. */
  readonly beat$: Observable<Receipt>;
  /** Ends a wait at once; news only. */
  readonly wake$: Observable<unknown>;
  readonly random: () => number;
  readonly zlib?: Zlib;
}

/** What became of the payload; `receipt` is the last one. */
export type Outcome = Fate & { readonly receipt: Receipt };

/** From this many 5xx or missing answers on, the payload itself is suspected. */
const SUSPECT_FAILURES = 5;
/** So many of its failures in a row must be followed by a heartbeat that is taken: one may be the end of an outage. */
const SUSPECT_BEATS = 2;

/**
 * Sends one payload until its fate is known; emits that once.
 *
 *     sink     --x    --x      --o|            x = retry, o = delivered
 *     wait        ----   ------                backoff, or as `Retry-After` says
 *     result   -----------------(o|)
 *
 * Retries for ever, except that a payload which fails 5 times by 5xx or silence, the last two of them while the backend
 * takes heartbeats, is halved once and then set aside as `suspect`. It is halved on 413 too; a single metric that is too
 * large is set aside. A payload of which a try ended without an answer (of the backend's own: a gateway's 502 and 504 are
 * none) is never halved: it may be stored already under its own id.
 */
export function attempts(payload: Payload, options: AttemptsOptions): Observable<Outcome> {
  const { sink, seen, beat$, wake$, random, zlib } = options;
  return defer(() => {
    let attempt = 0;
    let failures = 0;
    let beats = 0;
    let streak = 0;
    let before: Receipt['verdict']['is'] | null = null;
    let unanswered = payload.header.attempted === true;
    // What was suspected before does not hold up the others again.
    const enough = payload.header.suspect ? 1 : SUSPECT_FAILURES;

    function split(receipt: Receipt, otherwise: string): Observable<Outcome> {
      if (unanswered || sumOf(payload.header.counts) < 2) {
        return of({ is: 'set_aside', reason: otherwise, receipt });
      }
      return halve(payload, zlib).pipe(
        map((halves): Outcome => ({ is: 'split', halves, receipt })),
        catchError(() => of<Outcome>({ is: 'set_aside', reason: otherwise, receipt })),
      );
    }
    function suspect(receipt: Receipt): Observable<Outcome> {
      return payload.header.parent === undefined && !payload.header.suspect
        ? split(receipt, 'suspect')
        : of({ is: 'set_aside', reason: 'suspect', receipt });
    }
    /** Null: once more, after the wait. */
    function again(receipt: Receipt): Observable<null> {
      streak = receipt.verdict.is === before ? streak + 1 : 1;
      before = receipt.verdict.is;
      const ms = deliveryDelay.again(receipt.verdict, streak, random);
      return merge(timer(ms), wake$).pipe(
        take(1),
        map(() => null),
      );
    }
    function judge(receipt: Receipt): Observable<Outcome | null> {
      const { verdict, status, sentBytes } = receipt;
      const gateway = status === 502 || status === 504;
      if ((status === null && sentBytes > 0) || gateway || receipt.resent) unanswered = true;
      switch (verdict.is) {
        case 'delivered':
          return of({ is: 'delivered', receipt });
        case 'rejected':
          return of({ is: 'set_aside', reason: verdict.reason, receipt });
        case 'too_large':
          return split(receipt, 'too_large');
        default:
          if (status === null || status >= 500) failures++;
          if (failures < enough) return again(receipt);
          return beat$.pipe(
            concatMap((beat) => {
              beats = beat.verdict.is === 'delivered' ? beats + 1 : 0;
              return beats < SUSPECT_BEATS ? again(receipt) : suspect(receipt);
            }),
          );
      }
    }
    return defer(() => sink(payload, ++attempt)).pipe(
      tap(seen),
      concatMap(judge),
      repeat(),
      takeWhile((outcome) => outcome === null, true),
      filter((outcome) => outcome !== null),
    );
  });
}
