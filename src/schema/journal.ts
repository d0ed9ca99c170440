import type { ServerCost } from './activity.ts';
import type { Books } from './books.ts';
import type { Counts } from './json.ts';
import type { Metric } from './metric.ts';
import type { Header, Line } from './payload.ts';
import type { Receipt } from './receipt.ts';

/**
 * Everything that happens in the agent, one entry each, in order. The books, the agent's own metrics, the tap, the log
 * and the config pull read it; nothing else does.
 */
export type Entry =
  /** Metrics wait from before. `newestAt`: when the newest payload of the runs before was made, ISO 8601. */
  | { readonly at: 'recovered'; readonly counts: Counts; readonly newestAt?: string }
  | { readonly at: 'source'; readonly unit: string; readonly metric: Metric }
  | { readonly at: 'validated'; readonly line: Line; readonly metric: Metric }
  | { readonly at: 'batched'; readonly header: Header }
  | { readonly at: 'spooled'; readonly header: Header }
  | { readonly at: 'sent'; readonly receipt: Receipt }
  | { readonly at: 'acked'; readonly receipt: Receipt }
  | { readonly at: 'set_aside'; readonly header: Header; readonly reason: string }
  | {
      readonly at: 'dropped';
      readonly from: 'buffered' | 'spooled';
      readonly counts: Counts;
      readonly reason: string;
      readonly problem?: string;
      readonly metric?: Metric;
      /** Of what was dropped: first and last `seq`, or the id of the payload that it was in. */
      readonly seqs?: readonly [first: number, last: number];
      readonly payload?: string;
    }
  /** Something failed. `unit`: `<server>/<type>`, `<type>`, `config`, `sink`, `tokens`. Repeats at each failure. */
  | {
      readonly at: 'trouble';
      readonly unit: string;
      readonly code: string;
      readonly message: string;
    }
  /** What failed before works again. */
  | { readonly at: 'settled'; readonly unit: string; readonly code?: string }
  /** Worth a line in the log, once. */
  | { readonly at: 'notice'; readonly unit: string; readonly message: string }
  /** A read ended, well or not. */
  | { readonly at: 'polled'; readonly unit: string; readonly tookMs: number }
  /** Ticks that were not polled because the poll before was still in flight. */
  | { readonly at: 'skipped'; readonly unit: string; readonly ticks: number }
  /** What the agent's statements cost a server, twice a minute; null: it is read no more. */
  | { readonly at: 'cost'; readonly server: string; readonly cost: ServerCost | null }
  /** A configuration took effect. `changed`: `section.key: old → new`, secrets masked. */
  | {
      readonly at: 'config';
      readonly origin: 'start' | 'file' | 'signal' | 'pull';
      readonly version: number | null;
      readonly changed: readonly string[];
    }
  /** The run is over; nothing follows. */
  | { readonly at: 'ended'; readonly books: Books };

/** A stage of the data's path. */
export type Stage = Entry['at'];
