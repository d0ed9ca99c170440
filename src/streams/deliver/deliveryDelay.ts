import { backoffDelay } from '../../operators/backoffDelay.ts';
import type { Verdict } from '../../schema/receipt.ts';

const BACKOFF = { initialMs: 1_000, maxMs: 60_000 };
/** Over so much at least come back those who were told the same. */
const SPREAD_MS = 1_000;
const PROBE_MIN_MS = 60_000;
const PROBE_MAX_MS = 900_000;

/** How long delivery waits before it tries again. Pure functions of what happened. */
export const deliveryDelay = {
  /**
   * Before the next attempt with the same payload, in ms. `failures`: attempts in a row that did not succeed, from 1.
   *
   * The backend's own wish (`Retry-After`) counts, from 1 s on: less would be a hot loop. Up to a quarter of it is added, at
   * least up to 1 s: a fleet that was told the same does not come back in one instant. Else exponential backoff with full
   * jitter, 1 s to 60 s. Where trying again cannot help by itself (403, a token that cannot be renewed): a probe from 1 min,
   * doubled up to 15 min.
   */
  again(verdict: Verdict, failures: number, random: () => number): number {
    if (verdict.is === 'forbidden' || verdict.is === 'unauthorized') {
      const grown = PROBE_MIN_MS * 2 ** Math.min(failures - 1, 8) * (1 + random() / 4);
      return Math.min(PROBE_MAX_MS, Math.floor(grown));
    }
    const asked = verdict.is === 'retry' ? verdict.afterMs : undefined;
    const backoff = backoffDelay(failures, BACKOFF, random);
    if (asked === undefined || asked < BACKOFF.initialMs) return backoff;
    return asked + Math.floor(random() * Math.max(SPREAD_MS, asked / 4));
  },
  /** Between payloads that are refused one after the other, in ms. */
  refused: (times: number, random: () => number): number => backoffDelay(times, BACKOFF, random),
};
