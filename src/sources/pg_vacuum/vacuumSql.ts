/** Names of settings that a table can set for itself, with what they become in SQL. */
const options = {
  vacuum_base: 'autovacuum_vacuum_threshold',
  vacuum_scale: 'autovacuum_vacuum_scale_factor',
  vacuum_most: 'autovacuum_vacuum_max_threshold',
  insert_base: 'autovacuum_vacuum_insert_threshold',
  insert_scale: 'autovacuum_vacuum_insert_scale_factor',
  analyze_base: 'autovacuum_analyze_threshold',
  analyze_scale: 'autovacuum_analyze_scale_factor',
  freeze: 'autovacuum_freeze_max_age',
  multixact: 'autovacuum_multixact_freeze_max_age',
} as const;

const entries = Object.entries(options);
/** The server's values; null where the version has no such setting. */
const global = entries
  .map(([name, setting]) => `current_setting('${setting}', true)::float8 AS ${name}`)
  .join(', ');
/** A table's own values; the server writes them down as they were given, so numbers may look like any number. */
const own = entries
  .map(
    ([name, setting]) =>
      `max(option_value::float8) FILTER (WHERE option_name = '${setting}') AS ${name}`,
  )
  .join(', ');
const of = (name: keyof typeof options): string => `coalesce(r.${name}, g.${name})`;

/**
 * One row per table, materialized view and TOAST table of the database: what autovacuum compares, and what it compares it
 * with. A TOAST table without options of its own takes those of its table; ages obey the lower of both settings; TOAST
 * tables and pg_statistic are never analyzed. From 18 on a threshold has a ceiling, and inserts count against the part of
 * the table that is not frozen.
 *
 * `t (oid, owner, enabled, running, vacuum_threshold, insert_threshold, analyze_threshold, freeze_age, freeze_max_age,
 * multixact_age, multixact_max_age, dead, inserted, modified, urgency)`
 */
const tables = (has: (need: string) => boolean): string => {
  const tuples = 'greatest(c.reltuples, 0)';
  const unfrozen = has('pg_class.relallfrozen')
    ? `CASE WHEN c.relpages > 0 AND c.relallfrozen > 0 THEN 1 - least(c.relallfrozen, c.relpages)::float8 / c.relpages ELSE 1 END`
    : '1';
  const plain = `${of('vacuum_base')} + ${of('vacuum_scale')} * ${tuples}`;
  return `SELECT c.oid, m.oid AS owner, coalesce(r.enabled, true) AS enabled, p.relid IS NOT NULL AS running,
      CASE WHEN ${of('vacuum_most')} >= 0 THEN least(${plain}, ${of('vacuum_most')}) ELSE ${plain} END AS vacuum_threshold,
      CASE WHEN ${of('insert_base')} >= 0 THEN ${of('insert_base')} + ${of('insert_scale')} * ${tuples} * ${unfrozen} END
        AS insert_threshold,
      CASE WHEN c.relkind <> 't' AND c.oid <> 'pg_statistic'::regclass
        THEN ${of('analyze_base')} + ${of('analyze_scale')} * ${tuples} END AS analyze_threshold,
      CASE WHEN c.relfrozenxid <> '0' THEN age(c.relfrozenxid) END AS freeze_age,
      least(r.freeze, g.freeze) AS freeze_max_age,
      CASE WHEN c.relminmxid <> '0' THEN mxid_age(c.relminmxid) END AS multixact_age,
      least(r.multixact, g.multixact) AS multixact_max_age,
      pg_stat_get_dead_tuples(c.oid) AS dead, pg_stat_get_ins_since_vacuum(c.oid) AS inserted,
      pg_stat_get_mod_since_analyze(c.oid) AS modified
    FROM pg_class c CROSS JOIN g
    LEFT JOIN pg_class m ON c.relkind = 't' AND m.reltoastrelid = c.oid
    LEFT JOIN (SELECT k.oid, ${own},
        bool_and(option_value::boolean) FILTER (WHERE option_name = 'autovacuum_enabled') AS enabled
      FROM (SELECT oid, reloptions AS options FROM pg_class
            WHERE relkind IN ('r', 'm', 't') AND reloptions IS NOT NULL
          UNION ALL SELECT c.oid, m.reloptions FROM pg_class m JOIN pg_class c ON c.oid = m.reltoastrelid
            WHERE m.reloptions IS NOT NULL AND c.reloptions IS NULL) k
      CROSS JOIN LATERAL pg_options_to_table(k.options)
      WHERE option_name LIKE 'autovacuum%' GROUP BY k.oid) r ON r.oid = c.oid
    LEFT JOIN pg_stat_progress_vacuum p ON p.relid = c.oid AND p.datname = current_database()
    WHERE c.relkind IN ('r', 'm', 't') AND c.relpersistence <> 't'`;
};

/** A threshold to divide by: any row is above one below 1, and one that is turned off counts for nothing. */
const divisor = (threshold: string): string =>
  `CASE WHEN ${threshold} IS NOT NULL THEN greatest(${threshold}, 0.5) END`;

/** How near the next run is: above 1 it is due, whatever the reason. */
const urgency = `greatest(dead / ${divisor('vacuum_threshold')}, inserted / ${divisor('insert_threshold')},
      modified / ${divisor('analyze_threshold')}, freeze_age / freeze_max_age, multixact_age / multixact_max_age)`;

/**
 * The tables that are nearest to their next run, `$1` of them, and the ten with the oldest transaction ids. The first
 * column is how many tables there are.
 */
export const vacuumSql = (has: (need: string) => boolean, columns: string): string => `WITH
  g AS MATERIALIZED (SELECT ${global}),
  t AS MATERIALIZED (SELECT *, ${urgency} AS urgency FROM (${tables(has)}) t)
SELECT (SELECT count(*) FROM t), ${columns}
FROM t JOIN pg_class c ON c.oid = t.oid JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_class m ON m.oid = t.owner LEFT JOIN pg_namespace mn ON mn.oid = m.relnamespace
CROSS JOIN (SELECT age(datfrozenxid) AS age, mxid_age(datminmxid) AS mxid_age FROM pg_database
  WHERE datname = current_database()) d
WHERE t.oid IN (SELECT oid FROM t ORDER BY urgency DESC NULLS LAST LIMIT $1::int)
   OR t.oid IN (SELECT oid FROM t ORDER BY freeze_age DESC NULLS LAST LIMIT 10)
ORDER BY t.urgency DESC NULLS LAST`;
