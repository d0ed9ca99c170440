import { asyncScheduler } from 'rxjs';

/** Runs a test in which the wall clock is off by `byMs` from `atMs` of its time on; timers keep to the true time. */
export function clockSet<A extends readonly unknown[]>(
  { atMs, byMs }: { readonly atMs: number; readonly byMs: number },
  test: (...given: A) => void,
): (...given: A) => void {
  return (...given) => {
    const { now } = asyncScheduler;
    asyncScheduler.now = () => (now() < atMs ? now() : now() + byMs);
    try {
      test(...given);
    } finally {
      asyncScheduler.now = now;
    }
  };
}
