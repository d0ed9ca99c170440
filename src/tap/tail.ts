import { type OperatorFunction, filter, map } from 'rxjs';
import type { Entry } from '../schema/journal.ts';
import { glob } from './glob.ts';

export interface TailOptions {
  /** Globs on metric types, e.g. `pg_*`; none selects all. */
  readonly types: readonly string[];
  /** How an entry is shown; undefined where it is not. */
  readonly view: (entry: Entry) => string | undefined;
}

/**
 * The live tail: what the journal says, as text to show.
 *
 *     journal  -v(pg_stats)-v(sysstat)-sent-acked--
 *     result   -t----------------------------t-----   types: pg_*
 *
 * Metrics are selected by type; what happens to pushes and configuration is always shown.
 */
export function tail({ types, view }: TailOptions): OperatorFunction<Entry, string> {
  const selected = glob(types);
  return (source) =>
    source.pipe(
      filter((entry) => entry.at !== 'validated' || selected(entry.line.type)),
      map(view),
      filter((shown) => shown !== undefined),
    );
}
