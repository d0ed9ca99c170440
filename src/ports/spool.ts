import type { Observable } from 'rxjs';
import type { Counts, Json } from '../schema/json.ts';
import type { Header, Payload } from '../schema/payload.ts';

/** What becomes of a payload that leaves the spool. */
export type Fate =
  | { readonly is: 'delivered' }
  | { readonly is: 'set_aside'; readonly reason: string }
  | { readonly is: 'split'; readonly halves: readonly [Payload, Payload] };

/** A payload that left the spool undelivered. */
export interface Gone {
  readonly header: Pick<Header, 'id' | 'counts'>;
  readonly reason: string;
}

/** What a spool has to say of itself. */
export type SpoolNews =
  /** The disk fails, is full or is damaged; repeats at each failure. */
  | { readonly is: 'trouble'; readonly code: string; readonly message: string }
  /** What failed before works again. */
  | { readonly is: 'settled' }
  | { readonly is: 'notice'; readonly message: string }
  /** Metrics that had been set aside wait again. */
  | { readonly is: 'retried'; readonly counts: Counts };

/** A payload that was set aside: its folder and file within the spool, e.g. `dead/000000000042.payload`. */
export type AsideName = string;

/** What an operator does with payloads that were set aside. */
export interface Aside {
  /** Lets them wait again, in front of all others (news `retried`); emits the names of those that do. */
  readonly retry: (names: readonly AsideName[]) => Observable<readonly AsideName[]>;
  /** Removes them for good; emits the names of those that are gone. */
  readonly drop: (names: readonly AsideName[]) => Observable<readonly AsideName[]>;
}

/** The bounded queue between windows and the sink. In the sink's eyes: oldest first, one at a time. */
export interface Spool {
  /** The newest durable mark of each unit, as found when the spool was opened. */
  readonly marks: Readonly<Record<string, Json>>;
  /** What was found at the opening, in metrics by type. */
  readonly recovered: Counts;
  /** When the newest payload of the runs before was made, ISO 8601; absent where none is known. */
  readonly newestAt?: string;
  /**
   * Oldest first: those found, then each that is appended; halves of a split payload come next. One at a time: the next
   * one comes when the last one was settled, so nothing queues behind it. One subscriber. Ends with the spool.
   */
  readonly entries$: Observable<Header>;
  /** How many payloads wait, the one in flight among them: the number at once, then each change. */
  readonly waiting$: Observable<number>;
  /** What was found damaged at the opening, at once; then each payload that goes for want of room or for its age. */
  readonly evicted$: Observable<Gone>;
  /** Whether so much waits that sources which can be held back should be: the newest at once, then each change. */
  readonly pressure$: Observable<boolean>;
  /** What was found at the opening, at once; then as it happens. */
  readonly news$: Observable<SpoolNews>;
  /** Emits the header when the payload is durable. */
  readonly append: (payload: Payload) => Observable<Header>;
  /** Empty where it was evicted meanwhile. */
  readonly read: (entry: Header) => Observable<Payload>;
  readonly settle: (entry: Header, fate: Fate) => Observable<void>;
  /** What was set aside. */
  readonly aside: Aside;
  /** Takes out and emits what cannot outlive the process (reason `shutdown`); empty where the spool is durable. */
  readonly close: () => Observable<Gone>;
}

/** What may wait in the spool. */
export interface SpoolLimits {
  readonly maxBytes: number;
  /** Older payloads go, in ms. Default: 7 days. */
  readonly maxAgeMs?: number;
  /** What must stay free on the disk, in bytes. Default: the larger of 1 GiB and 5 %. */
  readonly minFreeBytes?: number;
}

/** Opens (locks, recovers) on subscription and emits once; closes on unsubscription, and does not complete before. */
export type OpenSpool = (limits: SpoolLimits) => Observable<Spool>;
