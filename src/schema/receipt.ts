import type { Header } from './payload.ts';

/** What an answer of the backend means for the payload. */
export type Verdict =
  | { readonly is: 'delivered'; readonly configVersion?: number }
  /** Keep and send again. `afterMs`: the backend's own wish (`Retry-After`). */
  | { readonly is: 'retry'; readonly afterMs?: number; readonly cause: string }
  /** The token is refused: renew it, send the same payload again. */
  | { readonly is: 'unauthorized'; readonly cause: string }
  /** Not ours to mend (403, a proxy's 401): keep, probe from time to time, no refresh. */
  | { readonly is: 'forbidden'; readonly cause: string }
  /** Too large for the backend: split. */
  | { readonly is: 'too_large' }
  /** Poison: set aside with the answer. */
  | { readonly is: 'rejected'; readonly reason: string };

/** One attempt to deliver one payload. */
export interface Receipt {
  readonly header: Header;
  /** From 1. */
  readonly attempt: number;
  /** Address without secrets. */
  readonly endpoint: string;
  /** HTTP status; null where there was no answer. */
  readonly status: number | null;
  /** Bytes of the body on the wire. */
  readonly sentBytes: number;
  readonly encoding: 'gzip' | 'identity';
  readonly tookMs: number;
  readonly verdict: Verdict;
  /** Set where an earlier try within the attempt ended without an answer: the payload may be stored already. */
  readonly resent?: true;
}
