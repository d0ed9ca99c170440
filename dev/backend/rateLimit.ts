const capacity = 1000;
const refillPerS = 16;

/**
 * A bucket of 1000 requests for each client address, refilled by 16 a second.
 *
 * @param now ms since 1970.
 * @returns whether a request of this address is let in.
 */
export function rateLimit(now: () => number): (address: string) => boolean {
  const buckets = new Map<string, { left: number; at: number }>();
  return (address) => {
    const at = now();
    const bucket = buckets.get(address) ?? { left: capacity, at };
    const elapsedS = Math.max(0, at - bucket.at) / 1000; // the clock may be set back
    const left = Math.min(capacity, bucket.left + elapsedS * refillPerS);
    const enters = left >= 1;
    buckets.set(address, { left: enters ? left - 1 : left, at });
    return enters;
  };
}
