import type { Json } from '../../schema/json.ts';
import { rounded } from '../rounded.ts';

/** The counters of one database. */
export interface Hits {
  readonly name: string | null;
  readonly stats_epoch: string | null;
  readonly blks_hit: Json;
  readonly blks_read: Json;
}

/** Computes what part of the blocks was found in buffers between two readings; remembers the last one. */
export class HitRatios {
  #before = new Map<string | null, Hits>();

  /** The ratio of each, in order; null without a reading before in the same epoch, and where no block was needed. */
  since(now: readonly Hits[]): readonly (number | null)[] {
    const ratios = now.map((hits) => {
      const before = this.#before.get(hits.name);
      if (before?.stats_epoch !== hits.stats_epoch) return null;
      const hit = Number(hits.blks_hit) - Number(before.blks_hit);
      const read = Number(hits.blks_read) - Number(before.blks_read);
      return hit < 0 || read < 0 || hit + read === 0 ? null : rounded(hit / (hit + read), 4);
    });
    this.#before = new Map(now.map((hits) => [hits.name, hits]));
    return ratios;
  }
}
