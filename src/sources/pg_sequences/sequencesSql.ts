import { lockedRelations } from '../../postgres/lockGuard.ts';

/**
 * The sequences that can be read: no temporary ones, which belong to a session, and on a standby no unlogged ones, which it
 * does not have. Opens no relation.
 */
export const sequencesSql = `SELECT c.oid FROM pg_class c
  WHERE c.relkind = 'S' AND c.relpersistence <> 't' AND (c.relpersistence <> 'u' OR NOT pg_is_in_recovery())
  ORDER BY c.oid`;

/** The most that a column of a type holds, as a number of the sequence's own type. */
const most = (type: string): string =>
  `CASE ${type} WHEN 'int2'::regtype THEN 32767 WHEN 'int4'::regtype THEN 2147483647 WHEN 'int8'::regtype THEN 9223372036854775807 END`;

/**
 * One row per sequence of `$1` that nobody locks. `last`: pg_sequence_last_value(), which opens the sequence and needs
 * USAGE or SELECT on it; null before the first use. The column: the narrowest of those that own the sequence (serial,
 * identity) or have it as their default.
 */
export const sequencesRead = (columns: string): string => `WITH ${lockedRelations},
  s AS MATERIALIZED (SELECT c.oid, n.nspname, c.relname, q.seqtypid, q.seqmin, q.seqmax, q.seqstart, q.seqincrement, q.seqcycle,
      has_sequence_privilege(c.oid, 'SELECT, USAGE') AS permitted,
      CASE WHEN has_sequence_privilege(c.oid, 'SELECT, USAGE') THEN pg_sequence_last_value(c.oid) END AS last
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_sequence q ON q.seqrelid = c.oid
    WHERE c.oid = ANY ($1::oid[]) AND NOT EXISTS (SELECT FROM locked WHERE locked.oid = c.oid))
SELECT s.oid, ${columns}
FROM s LEFT JOIN LATERAL (
    SELECT t.relname AS table_name, tn.nspname AS table_schema, a.attname, a.atttypid, ${most('a.atttypid')} AS most
    FROM (SELECT d.refobjid AS relid, d.refobjsubid AS number FROM pg_depend d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = s.oid AND d.deptype IN ('a', 'i')
          AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0
      UNION SELECT f.adrelid, f.adnum FROM pg_depend d JOIN pg_attrdef f ON f.oid = d.objid
        WHERE d.classid = 'pg_attrdef'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = s.oid) u
    JOIN pg_attribute a ON a.attrelid = u.relid AND a.attnum = u.number
    JOIN pg_class t ON t.oid = u.relid JOIN pg_namespace tn ON tn.oid = t.relnamespace
    ORDER BY ${most('a.atttypid')} NULLS LAST, t.relname LIMIT 1) o ON true
CROSS JOIN LATERAL (SELECT least(s.seqmax, o.most) AS top, greatest(s.seqmin, - o.most - 1) AS bottom) l`;
