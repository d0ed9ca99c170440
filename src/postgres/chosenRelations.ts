export interface ChosenRelationsOptions {
  /** SQL expressions for the kinds (`relkind`) of relations, separated by commas. */
  readonly kinds: string;
  /** A condition on `c` (pg_class) and `n` (its namespace). */
  readonly condition: string;
  /** SQL expressions over `c` for what the choice goes by: the greatest first, each ranking in its turn. */
  readonly rankings: readonly string[];
}

/**
 * The head of a statement: `WITH … chosen (oid, total, rank)`, at most `$2` relations of this database: those of `$1`
 * (oids that stay chosen), then the first of each ranking, the second of each, and so on; without a rank where all of
 * them fit, since then nothing is measured. `total`: how many there are.
 *
 * The server chooses, so that nobody has to compute, send and read the columns of all others: of 10,000 tables that
 * costs it a quarter.
 */
export const chosenRelations = ({ kinds, condition, rankings }: ChosenRelationsOptions): string =>
  `WITH listed AS MATERIALIZED (
    SELECT c.oid, count(*) OVER () AS total FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN (${kinds}) AND ${condition}
  ), measured AS MATERIALIZED (
    SELECT c.oid, total, ${rankings.map((ranking, index) => `${ranking} AS m${index}`).join(', ')}
    FROM listed JOIN pg_class c ON c.oid = listed.oid WHERE total > $2::int
  ), ranked AS (
    SELECT oid, kept.oid IS NOT NULL AS stays, total,
      least(${rankings.map((_, index) => `row_number() OVER (ORDER BY m${index} DESC NULLS LAST)`).join(', ')}) AS rank
    FROM measured LEFT JOIN unnest($1::oid[]) AS kept (oid) USING (oid)
  ), chosen AS MATERIALIZED (
    SELECT oid, total, NULL::bigint AS rank FROM listed WHERE total <= $2::int
    UNION ALL (SELECT oid, total, rank FROM ranked ORDER BY stays DESC, rank, oid LIMIT $2::int)
  )`;

/**
 * The same head where `$1` are as many as there may be: nothing is measured, and the order is that of `$1`. What was
 * dropped meanwhile is missing.
 */
export const keptRelations = ({
  kinds,
  condition,
}: Pick<ChosenRelationsOptions, 'kinds' | 'condition'>): string => `WITH counted AS MATERIALIZED (
    SELECT count(*) AS total FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN (${kinds}) AND ${condition}
  ), chosen AS MATERIALIZED (
    SELECT oid, total, rank FROM unnest($1::oid[]) WITH ORDINALITY AS kept (oid, rank) CROSS JOIN counted LIMIT $2::int
  )`;
