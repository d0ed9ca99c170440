import type { ReadCost, ServerCost } from '../../schema/activity.ts';
import type { Pacing } from './pacing.ts';
import type { Rhythms } from './rhythms.ts';
import type { Spending } from './spending.ts';

export interface CostsOptions {
  readonly spending: Spending;
  readonly now: number;
  /** In percent. */
  readonly budget: number;
  readonly rhythms: Rhythms;
  readonly pacing: Pacing;
}

/** What a server was charged for, by source and rhythm: the dearest first. */
export function costs({ spending, now, budget, rhythms, pacing }: CostsOptions): ServerCost {
  const reads = new Map<string, ReadCost & { statements: number; ms: number }>();
  let sum = 0;
  for (const [query, { statements, ms }] of spending.sums(now)) {
    sum += ms;
    const paced = rhythms.of(query);
    const [source = ''] = query.split('/', 1);
    const name = paced?.rhythm ?? source;
    const { interval = null, inForce = null } = (paced && pacing.intervalsOf(paced)) ?? {};
    const read = reads.get(name) ?? {
      ...{ source, key: paced?.key ?? null, statements: 0, ms: 0 },
      ...{ interval, inForce },
    };
    read.statements += statements;
    read.ms += ms;
    reads.set(name, read);
  }
  return {
    budget,
    spent: (100 * sum) / spending.seenMs(now),
    reads: [...reads.values()].sort((a, b) => b.ms - a.ms),
  };
}
