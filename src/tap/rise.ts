/** A counter at a moment. */
export interface Count {
  /** ms since 1970. */
  readonly at: number;
  /** Since when it counts, in words that differ where that does. */
  readonly epoch: string;
  readonly value: number;
}

/** How a counter moved against the reading before. */
export interface Rise {
  readonly by: number;
  readonly perSecond: number;
}

/** The rise between two readings; undefined across a reset, where the value fell, and where no time passed. */
export function rise(before: Count, now: Count): Rise | undefined {
  const ms = now.at - before.at;
  const by = now.value - before.value;
  return ms > 0 && by >= 0 && before.epoch === now.epoch
    ? { by, perSecond: (by * 1_000) / ms }
    : undefined;
}
