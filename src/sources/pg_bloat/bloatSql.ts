/** What pg_bloat reads of pg_statistic: widths and shares of NULL, never values. */
const needed = ['starelid', 'staattnum', 'stainherit', 'stanullfrac', 'stawidth'];

/** One boolean: whether the role may read what the estimates need. */
export const permittedSql = `SELECT bool_and(has_column_privilege('pg_catalog.pg_statistic', name, 'SELECT'))
  FROM unnest('{${needed.join(',')}}'::text[]) AS name`;

const userRelations = `n.nspname <> ALL ('{pg_catalog,information_schema}') AND n.nspname !~ '^pg_toast' AND c.relpersistence <> 't'`;

/** Of columns: `width × share that is not NULL`, length of the type (-1: varies), alignment, in their order. */
const widths = (order: string): string =>
  `count(*) AS columns, count(s.starelid) AS known, coalesce(bool_or(s.stanullfrac > 0), false) AS nulls,
    string_agg(round(((1 - s.stanullfrac) * s.stawidth)::numeric, 2) || ' ' || a.attlen || ' ' || a.attalign::text, ',' ORDER BY ${order}) AS widths`;

const fillfactor = (relation: string): string =>
  `(SELECT option_value FROM pg_options_to_table(${relation}.reloptions) WHERE option_name = 'fillfactor')`;

/**
 * Tables and materialized views that have pages, and what is known of their columns:
 * `oid, schema, name, table, pages, rows, fillfactor, columns, known, nulls, widths, dead rows`.
 */
export const tablesSql = `SELECT c.oid, n.nspname, c.relname, NULL, c.relpages, c.reltuples,
    CASE WHEN c.reloptions IS NOT NULL THEN ${fillfactor('c')} END, w.columns, w.known, w.nulls, w.widths,
    CASE WHEN NOT pg_is_in_recovery() THEN pg_stat_get_dead_tuples(c.oid) END
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN (SELECT a.attrelid, ${widths('a.attnum')}
      FROM pg_attribute a LEFT JOIN pg_statistic s ON s.starelid = a.attrelid AND s.staattnum = a.attnum AND NOT s.stainherit
      WHERE a.attnum > 0 AND NOT a.attisdropped GROUP BY a.attrelid) w ON w.attrelid = c.oid
  WHERE c.relkind IN ('r', 'm') AND c.relpages > 0 AND c.reltuples >= 0 AND ${userRelations}`;

/** The same of btree indexes; statistics of an expression belong to the index. */
export const indexesSql = `SELECT o.oid, n.nspname, o.relname, c.relname, o.relpages, o.reltuples,
    CASE WHEN o.reloptions IS NOT NULL THEN ${fillfactor('o')} END, w.columns, w.known, w.nulls, w.widths, NULL
  FROM pg_index x JOIN pg_class o ON o.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_am m ON m.oid = o.relam AND m.amname = 'btree'
  JOIN (SELECT a.attrelid, ${widths('a.attnum')}
      FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indexrelid
      LEFT JOIN pg_statistic s ON NOT s.stainherit
        AND s.starelid = CASE WHEN i.indkey[a.attnum - 1] = 0 THEN i.indexrelid ELSE i.indrelid END
        AND s.staattnum = CASE WHEN i.indkey[a.attnum - 1] = 0 THEN a.attnum ELSE i.indkey[a.attnum - 1] END
      GROUP BY a.attrelid) w ON w.attrelid = o.oid
  WHERE o.relkind = 'i' AND o.relpages > 1 AND o.reltuples >= 0 AND ${userRelations}`;
