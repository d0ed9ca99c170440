import type { SpoolLimits } from '../../ports/spool.ts';
import type { Config } from '../../schema/config.ts';

/** What may wait, as `[spool]` says. */
export const spoolLimits = ({ max_bytes, max_age, min_free }: Config['spool']): SpoolLimits => ({
  maxBytes: max_bytes,
  maxAgeMs: max_age * 1_000,
  ...(min_free !== undefined && { minFreeBytes: min_free }),
});
