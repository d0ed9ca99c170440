/** A demand below this share of the budget is not stretched. */
const NEGLIGIBLE = 0.01;

/** What a rhythm asks for. */
export interface Demand {
  readonly rhythm: string;
  /** As configured, in s. */
  readonly interval: number;
  /** What one run costs, in ms. */
  readonly costMs: number;
  /** It is not slowed down beyond this, in s. */
  readonly slowest: number;
}

/**
 * The factors, powers of two, by which intervals are stretched so that all demands together cost no more than `budget`
 * (ms per s): the first demand gives way as far as it may, then the second, and so on. Those that are left alone are not
 * among them. Where all have given way and it is not enough, so be it.
 */
function allot(demands: readonly Demand[], budget: number): ReadonlyMap<string, number> {
  const factors = new Map<string, number>();
  let excess = demands.reduce((sum, demand) => sum + rateOf(demand), 0) - budget;
  for (const demand of demands) {
    if (excess <= 0) break;
    const rate = rateOf(demand);
    const most = 2 ** Math.floor(Math.log2(demand.slowest / demand.interval));
    // What costs next to nothing is left alone: reading it less often would help nobody.
    if (rate < budget * NEGLIGIBLE || !(most > 1)) continue;
    const needed = rate > excess ? 2 ** Math.ceil(Math.log2(rate / (rate - excess))) : most;
    const factor = Math.min(needed, most);
    factors.set(demand.rhythm, factor);
    excess -= rate - rate / factor;
  }
  return factors;
}

const rateOf = ({ costMs, interval }: Demand): number => costMs / interval;

/** An interval is relaxed only where this share of the budget would do: not to and fro at its edge. */
const RELAXED = 0.8;

/**
 * The factors that follow on `before`.
 *
 * @param mayRelax - false: intervals become longer only.
 */
export function newFactors(
  demands: readonly Demand[],
  before: ReadonlyMap<string, number>,
  budget: number,
  mayRelax: boolean,
): ReadonlyMap<string, number> {
  const tight = allot(demands, budget);
  const relaxed = allot(demands, budget * RELAXED);
  return new Map(
    demands.flatMap(({ rhythm }) => {
      const was = before.get(rhythm) ?? 1;
      const least = tight.get(rhythm) ?? 1;
      const most = mayRelax ? (relaxed.get(rhythm) ?? 1) : was;
      const factor = Math.min(Math.max(was, least), Math.max(least, most));
      return factor > 1 ? [[rhythm, factor] as const] : [];
    }),
  );
}
