/** The longest delay of a platform timer, in ms; a longer one would fire at once. */
const longestDelayMs = 2 ** 31 - 1;

export interface BackoffOptions {
  /** The most that the first attempt waits, in ms; doubled with each further attempt. */
  readonly initialMs: number;
  /** The most that any attempt waits, in ms; at most 2³¹ − 1. */
  readonly maxMs: number;
}

/**
 * How long to wait before the next attempt, in whole ms: exponential backoff with full jitter, so that many who failed
 * together do not come back together.
 *
 *     delay = random · min(maxMs, initialMs · 2^(attempt − 1))
 *
 * Never NaN, negative or longer than a timer can wait, whatever the arguments: a bound that makes no sense is left out.
 *
 * @param attempt - How many attempts have failed, from 1.
 * @param random - A number in [0, 1). Default `Math.random`.
 */
export function backoffDelay(
  attempt: number,
  { initialMs, maxMs }: BackoffOptions,
  random: () => number = Math.random,
): number {
  const grown = initialMs * 2 ** Math.min(Math.max(attempt - 1, 0), 52);
  const ceiling = Math.min(...[grown, maxMs, longestDelayMs].filter((ms) => ms >= 0));
  return Math.floor(random() * ceiling);
}
