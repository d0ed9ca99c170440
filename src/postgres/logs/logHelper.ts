/** The function over which a role may read the server's log files, and nothing else. */
export const logHelper = {
  /** An expression: whether the role may use it. Looks without trying, so that nothing is refused. */
  allowed: `EXISTS (SELECT FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname = 'pganalytics' AND p.proname = 'read_log'
      AND pg_get_function_identity_arguments(p.oid) = 'file text, first_byte bigint, bytes integer'
      AND has_schema_privilege(n.oid, 'USAGE') AND has_function_privilege(p.oid, 'EXECUTE'))
    AND has_function_privilege('pg_ls_logdir()', 'EXECUTE')`,
  /** At most `$3` bytes of the file `$1` from `$2` on, base64; null where there is no such file. */
  read: `SELECT encode(pganalytics.read_log($1::text, $2::bigint, $3::integer), 'base64')`,
  /** The name of the file that was written last. */
  newest: 'SELECT name FROM pg_ls_logdir() ORDER BY modification DESC, name DESC LIMIT 1',
  /** The files: name, size, time of the last change in ms since 1970. */
  list: 'SELECT name, size, (extract(epoch FROM modification) * 1000)::bigint, false FROM pg_ls_logdir()',
  /** The same with whether it is the file that the server writes now in the form `$1`. */
  listCurrent: `SELECT name, size, (extract(epoch FROM modification) * 1000)::bigint,
    coalesce(name = regexp_replace(pg_current_logfile($1::text), '^.*/', ''), false) FROM pg_ls_logdir()`,
} as const;

/**
 * What a superuser runs once so that a role may read the log over SQL. The function reads plain files of log_directory
 * alone, at most 1 MiB at once: EXECUTE on pg_read_binary_file itself would open the password hashes too.
 *
 * @param role - Quoted for SQL.
 */
export const logHelperSql = (role: string): string => `CREATE SCHEMA IF NOT EXISTS pganalytics;
CREATE OR REPLACE FUNCTION pganalytics.read_log(file text, first_byte bigint, bytes integer)
  RETURNS bytea LANGUAGE sql STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT pg_read_binary_file(current_setting('log_directory') || '/' || name, first_byte,
      least(greatest(bytes, 0), 1048576), true)
    FROM pg_ls_logdir() WHERE name = file AND first_byte >= 0 $$;
REVOKE ALL ON FUNCTION pganalytics.read_log(text, bigint, integer) FROM PUBLIC;
GRANT USAGE ON SCHEMA pganalytics TO ${role};
GRANT EXECUTE ON FUNCTION pganalytics.read_log(text, bigint, integer) TO ${role};`;
