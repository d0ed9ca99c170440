import { bigint, bool, float, words } from '../../postgres/column.ts';

/** Of one sequence. Aliases: s the sequence, o the column behind it, l what both together hold. */
export const sequenceColumns = {
  schema: words('s.nspname', 'pg_namespace.nspname'),
  name: words('s.relname', 'pg_class.relname'),
  type: words('format_type(s.seqtypid, NULL)', 'pg_sequence.seqtypid, e.g. `bigint`'),
  last_value: bigint(
    's.last',
    'pg_sequence_last_value(); null before its first use, and where unavailable says why',
  ),
  start_value: bigint('s.seqstart', 'pg_sequence.seqstart'),
  min_value: bigint('s.seqmin', 'pg_sequence.seqmin'),
  max_value: bigint('s.seqmax', 'pg_sequence.seqmax'),
  increment: bigint('s.seqincrement', 'pg_sequence.seqincrement'),
  cycles: bool('s.seqcycle', 'pg_sequence.seqcycle: starts anew at its end'),
  table: words(
    `o.table_schema || '.' || o.table_name`,
    'schema and name of the table whose column takes its values from it (serial, identity or default); null without one',
  ),
  column: words('o.attname', 'pg_attribute.attname of that column, of several the narrowest'),
  column_type: words(
    'format_type(o.atttypid, NULL)',
    'pg_attribute.atttypid: an `integer` column is full before a `bigint` sequence is',
  ),
  limit: bigint(
    'CASE WHEN s.seqincrement > 0 THEN l.top ELSE l.bottom END',
    'where it ends: the nearer of the limits of sequence and column',
  ),
  remaining: bigint(
    `CASE WHEN s.last IS NOT NULL THEN greatest(trunc(CASE WHEN s.seqincrement > 0 THEN l.top::numeric - s.last
      ELSE s.last - l.bottom::numeric END / abs(s.seqincrement)), 0) END`,
    'values that are left up to limit; null where last_value is',
  ),
  used_ratio: float(
    `round(CASE WHEN s.last IS NULL THEN NULL WHEN l.top = l.bottom THEN 1 WHEN s.seqincrement > 0
      THEN (s.last - s.seqmin::numeric) / nullif(l.top - s.seqmin::numeric, 0)
      ELSE (s.seqmax - s.last::numeric) / nullif(s.seqmax - l.bottom::numeric, 0) END, 6)`,
    'how much of the range up to limit is used, 0 to 1, above where the column is full; null where last_value is',
  ),
  unavailable: words(
    `CASE WHEN NOT s.permitted THEN 'privilege' END`,
    '`privilege`: last_value needs SELECT or USAGE on the sequence',
  ),
};
