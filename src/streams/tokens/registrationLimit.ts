import type { Identity } from '../../ports/identity.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MOST_A_DAY = 3;
/** Older ids than so many are forgotten. */
const MAX_FORMER = 20;

type Registered = Pick<Identity, 'registeredAt' | 'renewedAt'>;

/**
 * How often this collector registers in the place of an identity that it has: each time makes a new collector at the
 * backend. At most once an hour and three times a day, counted in `identity.json`, so that restarts change nothing. Pure.
 */
export const registrationLimit = {
  /** Why not now; null where it may. `foreign`: the first identity was another machine's, and does not count. */
  reached(identity: Registered & Pick<Identity, 'foreign'>, nowMs: number): string | null {
    const renewals = recent(identity, nowMs, DAY_MS).length;
    const last = identity.foreign ? undefined : identity.registeredAt;
    const first = last === undefined || last + HOUR_MS <= nowMs ? [] : [last];
    if (renewals >= MOST_A_DAY) return `this collector registered anew ${renewals} times in a day`;
    const within = recent(identity, nowMs, HOUR_MS).length + first.length;
    return within > 0 ? 'this collector registered less than an hour ago' : null;
  },
  /** One more, at once: an answer that is lost may have made a collector as well. */
  counted: (identity: Identity, nowMs: number): Identity => ({
    ...identity,
    renewedAt: [...recent(identity, nowMs, DAY_MS), nowMs],
  }),
  /** What the new identity keeps of the one before. */
  inherited: ({
    collectorId,
    formerIds = [],
    renewedAt = [],
  }: Identity): Pick<Identity, 'formerIds' | 'renewedAt'> => ({
    formerIds: [...formerIds, collectorId].slice(-MAX_FORMER),
    renewedAt,
  }),
};

/** Moments that lie ahead (the clock was set back) count as now: they must neither be forgotten nor last for ever. */
const recent = ({ renewedAt = [] }: Registered, nowMs: number, withinMs: number): number[] =>
  renewedAt.map((at) => Math.min(at, nowMs)).filter((at) => nowMs - at < withinMs);
