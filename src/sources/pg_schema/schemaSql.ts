import { lockedRelations } from '../../postgres/lockGuard.ts';

const userRelations = `n.nspname <> ALL ('{pg_catalog,information_schema}') AND n.nspname !~ '^pg_toast' AND c.relpersistence <> 't'`;

/** What belongs to an extension is known by its name and version. */
const ofExtension = `c.oid IN (SELECT d.objid FROM pg_depend d WHERE d.refclassid = 'pg_extension'::regclass
  AND d.classid = 'pg_class'::regclass AND d.deptype = 'e')`;

/** `oid`, and three rankings: pages, rows written, live rows. Opens no relation. */
export const listSql = `SELECT c.oid, c.relpages,
    pg_stat_get_tuples_inserted(c.oid) + pg_stat_get_tuples_updated(c.oid) + pg_stat_get_tuples_deleted(c.oid), c.reltuples
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'm', 'v', 'f') AND ${userRelations} AND NOT ${ofExtension}`;

/** Relations that a view reads: pg_get_viewdef() opens them. */
const readsLocked = `EXISTS (SELECT FROM pg_rewrite w JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
    AND d.refclassid = 'pg_class'::regclass JOIN locked l ON l.oid = d.refobjid WHERE w.ev_class = c.oid)`;

/** How many columns of `definitionsSql` tell who the relation is; those behind them are its parts. */
export const identityWidth = 4;

/**
 * One row per relation of `$1` that nobody locks: `oid, schema, name, kind`, then its parts: properties, columns,
 * constraints, indexes, triggers as JSON arrays, and the definition of a view. NOT NULL stands with the column.
 */
export const definitionsSql = `WITH ${lockedRelations}
SELECT c.oid, n.nspname, c.relname, c.relkind,
  json_build_array(pg_get_userbyid(c.relowner), c.relpersistence,
    (SELECT format('%I.%I', pn.nspname, p.relname) FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent
      JOIN pg_namespace pn ON pn.oid = p.relnamespace WHERE i.inhrelid = c.oid AND c.relispartition),
    pg_get_expr(c.relpartbound, c.oid), CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END,
    c.reloptions, c.relrowsecurity),
  (SELECT json_agg(json_build_array(a.attname, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
      pg_get_expr(d.adbin, d.adrelid), a.attidentity, a.attgenerated) ORDER BY a.attnum)
    FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
  (SELECT json_agg(json_build_array(k.conname, k.contype, pg_get_constraintdef(k.oid), k.convalidated) ORDER BY k.conname)
    FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype <> 'n'),
  (SELECT json_agg(json_build_array(o.relname, pg_get_indexdef(x.indexrelid), x.indisunique, x.indisprimary, x.indisvalid)
      ORDER BY o.relname)
    FROM pg_index x JOIN pg_class o ON o.oid = x.indexrelid WHERE x.indrelid = c.oid),
  (SELECT json_agg(json_build_array(t.tgname, pg_get_triggerdef(t.oid), t.tgenabled) ORDER BY t.tgname)
    FROM pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal),
  CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = ANY ($1::oid[]) AND NOT EXISTS (SELECT FROM locked WHERE locked.oid = c.oid) AND NOT ${readsLocked}`;

/** Without the places in the text that it was parsed from. */
const tree = (column: string): string =>
  `coalesce(regexp_replace(x.${column}::text, ':location -?\\d+', '', 'g'), '')`;

/**
 * Indexes of which something is to be said, largest first, `$2` of them: `kind, schema, table, name, duplicate of, pages,
 * scans, total`. Invalid: not while its table is locked as CREATE INDEX CONCURRENTLY locks it. Of indexes that are the same
 * the one that enforces most is kept. Prefix: it enforces nothing, and its columns are the first ones of another, so that
 * the smallest such one serves the same scans. Unused, where `$1` says that the statistics can tell: no scan, and it enforces nothing.
 */
export const findingsSql = (has: (need: string) => boolean): string => `WITH i AS (
    SELECT x.indexrelid, x.indrelid, n.nspname, c.relname AS table_name, o.relname, o.relpages,
      x.indisvalid, x.indisunique OR x.indisexclusion AS enforces, x.indnkeyatts, x.indnatts, o.relam,
      x.indkey::text AS keys, x.indclass::text AS classes, x.indcollation::text AS collations,
      x.indoption::text AS options, x.indexprs IS NULL AS plain, ${tree('indpred')} AS predicate, pg_stat_get_numscans(o.oid) AS scans,
      first_value(o.relname) OVER (PARTITION BY x.indrelid, x.indnkeyatts, o.relam, x.indkey::text, x.indclass::text,
          x.indcollation::text, x.indoption::text, ${tree('indexprs')}, ${tree('indpred')},
          ${has('pg_index.indnullsnotdistinct') ? 'x.indnullsnotdistinct' : 'false'}, x.indisexclusion
        ORDER BY x.indisvalid DESC, x.indisprimary DESC, x.indisunique DESC, x.indexrelid) AS first
    FROM pg_index x JOIN pg_class o ON o.oid = x.indexrelid AND o.relkind = 'i'
    JOIN pg_class c ON c.oid = x.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm') AND ${userRelations}),
  longer AS (
    SELECT DISTINCT ON (i.indexrelid) i.indexrelid, j.relname AS other FROM i JOIN i j ON j.indrelid = i.indrelid
      AND j.indisvalid AND j.relam = i.relam AND j.indnkeyatts > i.indnkeyatts AND j.predicate = i.predicate
      AND starts_with(j.keys, i.keys || ' ') AND starts_with(j.classes, i.classes || ' ')
      AND starts_with(j.collations, i.collations || ' ') AND starts_with(j.options, i.options || ' ')
    WHERE i.indisvalid AND NOT i.enforces AND i.plain AND i.indnatts = i.indnkeyatts
      AND i.relam = (SELECT oid FROM pg_am WHERE amname = 'btree')
    ORDER BY i.indexrelid, j.relpages, j.relname),
  f AS (
    SELECT 'invalid' AS kind, NULL::name AS other, i.* FROM i WHERE NOT indisvalid AND NOT EXISTS (SELECT FROM pg_locks l
      WHERE l.relation = i.indrelid AND l.mode = 'ShareUpdateExclusiveLock'
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()))
    UNION ALL SELECT 'duplicate', first, i.* FROM i WHERE indisvalid AND relname <> first
    UNION ALL SELECT 'prefix', other, i.* FROM i JOIN longer USING (indexrelid) WHERE relname = first
    UNION ALL SELECT 'unused', NULL, i.* FROM i WHERE $1::boolean AND indisvalid AND scans = 0 AND NOT enforces)
SELECT kind, nspname, table_name, relname, other, relpages, scans,
  (SELECT count(*) FROM f)
FROM f ORDER BY relpages DESC, nspname, relname LIMIT $2::int`;
