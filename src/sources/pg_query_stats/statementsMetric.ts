import type { ServerFacts, StatementsFacts } from '../../postgres/facts.ts';
import type { Metric } from '../../schema/metric.ts';
import { merged } from './merged.ts';
import type { DatabaseReading } from './statements.ts';
import type { Texts } from './texts.ts';

/** What is the same for all databases of a reading. */
export interface Reading {
  readonly server: string;
  readonly timestamp: string;
  readonly place: StatementsFacts;
  readonly facts: ServerFacts;
  readonly texts: Texts;
  /** Whether statements are listed for each user and level apart. */
  readonly perUser: boolean;
}

/** The metric of one database: the chosen statements with their texts, and the sums of all others. */
export function statementsMetric(
  { database, all, chosen }: DatabaseReading,
  { server, timestamp, place, facts, texts, perUser }: Reading,
): Metric {
  const { shared, other, nested, total } = all;
  const queries = chosen.flatMap(({ fields, queryId, byMe, toplevel }) => {
    const text = texts.get(queryId);
    // What the collector's role ran may be the agent's own: it is listed once its text says that it is not.
    if (text?.mine ?? byMe) return [];
    (toplevel ? other : nested).add(fields, -1);
    // Completed in place: V8 gives each spread of so many fields a shape of its own.
    fields['text'] = text?.text ?? null;
    if (text?.truncated) fields['text_truncated'] = true;
    return [fields];
  });
  return {
    type: 'pg_query_stats',
    timestamp,
    server,
    database,
    ...shared,
    extension_version: place.version,
    double_counted:
      !facts.has('pg_stat_statements.toplevel') &&
      facts.setting('pg_stat_statements.track') === 'all',
    queries: perUser ? queries : merged(queries),
    other: other.result(),
    other_nested: nested.result(),
    truncated: queries.length < total,
    total,
  };
}
