import { serverStart } from './serverStart.ts';
import { bool, int64, timestamp } from './values.ts';

/** A row as the server's text; see `Row` of the ports. */
type Row = readonly (string | null)[];

/** Where `pg_stat_statements` can be read. */
export interface StatementsFacts {
  /** The database to read it in. */
  readonly database: string;
  /** The schema that the extension is installed in, quoted for SQL: `public`, `"My Schema"`. */
  readonly schema: string;
  /** The extension's version, e.g. `1.12`; it can be older than the server's. */
  readonly version: string;
  /** The columns of its view and of the function `pg_stat_statements(boolean)`. */
  readonly columns: readonly string[];
}

/** The role that the collector logs in as. */
export interface RoleFacts {
  readonly name: string;
  readonly superuser: boolean;
  /** Whether it sees other people's statistics: a member of `pg_read_all_stats`, as `pg_monitor` is. */
  readonly monitor: boolean;
}

/** What a PostgreSQL server is and has, probed over its own catalog. */
export interface ServerFacts {
  /** `server_version_num`, e.g. 180004. */
  readonly versionNum: number;
  /** `server_version`, e.g. `18.4`. */
  readonly version: string;
  readonly inRecovery: boolean;
  /** Decimal digits; null where `pg_control_system()` may not be called. Primary and standby share it. */
  readonly systemIdentifier: string | null;
  /** The timeline of the last checkpoint; null where `pg_control_checkpoint()` may not be called. */
  readonly timeline: number | null;
  /** What `Query.start` takes; empty where it is not told: the role may not ask for it. */
  readonly start: string;
  /** `pg_postmaster_start_time()`, ISO 8601, UTC; empty where the role may not ask. */
  readonly startedAt: string;
  /** Bytes. */
  readonly blockSize: number;
  readonly role: RoleFacts;
  /** The maintenance database. */
  readonly database: string;
  /** Null where the role may not see it. */
  readonly dataDirectory: string | null;
  /** Whether a setting is `on`; false also where it does not exist. */
  readonly isOn: (setting: string) => boolean;
  /** The value of a probed setting in its base unit (see `probedSettings`); null where it does not exist or is hidden. */
  readonly setting: (name: string) => string | null;
  /**
   * Whether the server has a relation (`pg_stat_io`), a column (`pg_stat_io.read_bytes`) or a function
   * (`pg_stat_get_wal()`) of `pg_catalog`; also `pg_stat_statements` with its columns, where it can be read.
   */
  readonly has: (need: string) => boolean;
  /** Null where it cannot be read; then `statementsUnavailable` says why. */
  readonly statements: StatementsFacts | null;
  readonly statementsUnavailable: string | null;
}

/** The settings that the facts hold. */
export const probedSettings = [
  'autovacuum',
  'autovacuum_freeze_max_age',
  'cluster_name',
  'compute_query_id',
  'data_directory',
  'fsync',
  'log_destination',
  'log_directory',
  'log_line_prefix',
  'logging_collector',
  'max_connections',
  'reserved_connections',
  'shared_buffers',
  'superuser_reserved_connections',
  'track_activity_query_size',
  'track_commit_timestamp',
  'track_cost_delay_timing',
  'track_counts',
  'track_functions',
  'track_io_timing',
  'track_wal_io_timing',
  'wal_level',
  'wal_segment_size',
  'pg_stat_statements.max',
  'pg_stat_statements.track',
  'pg_stat_statements.track_planning',
] as const;

/** What a probe has read: the rows of the statements below. */
export interface Probe {
  /** The row of `serverSql`. */
  readonly server: Row;
  /** The rows of `catalogSql`. */
  readonly catalog: readonly Row[];
  /** The row of `controlSql`; null where the role may not call the functions. */
  readonly control: Row | null;
  /** The column of `statementsSql` in the database chosen for it; null: no database has the extension. */
  readonly statements: string | null;
}

/**
 * The extension in the database where this runs: `[database, encoding, schema, version, columns, preloaded]` as JSON, or
 * no row. Only what belongs to the extension counts: users may have made a view of that name.
 */
export const statementsSql = `SELECT json_build_array(current_database(), getdatabaseencoding(),
    quote_ident(n.nspname), e.extversion,
    (SELECT json_agg(a.attname ORDER BY a.attnum)
       FROM pg_depend d JOIN pg_class c ON c.oid = d.objid AND c.relname = 'pg_stat_statements'
       JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
       WHERE d.classid = 'pg_class'::regclass AND d.deptype = 'e'
         AND d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid),
    EXISTS (SELECT FROM pg_settings WHERE name = 'pg_stat_statements.max'))
  FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_stat_statements'`;

/** One row about the server; `$1` is the list of settings. */
export const serverSql = `SELECT current_setting('server_version_num'), current_setting('server_version'),
  pg_is_in_recovery(), pg_postmaster_start_time(), current_setting('block_size'),
  current_user, (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),
  pg_has_role('pg_read_all_stats', 'USAGE'), current_database(),
  (SELECT json_object_agg(name, setting) FROM pg_settings WHERE name = ANY($1::text[])),
  (SELECT bool_and(has_function_privilege(name, 'EXECUTE'))
     FROM unnest(ARRAY['pg_control_system()', 'pg_control_checkpoint()']) AS name),
  (${statementsSql}), ${serverStart}`;

/** Whether `controlSql` may be run, told by the row of `serverSql`. */
export const mayReadControl = (server: Row): boolean => bool(server[10] ?? null) === true;

/** The databases that the role may enter, no templates; those in UTF-8, from which the extension can be read, first. */
export const candidatesSql = `SELECT datname FROM pg_database
  WHERE datallowconn AND NOT datistemplate AND datconnlimit <> -2
    AND has_database_privilege(oid, 'CONNECT')
    AND datname NOT IN ('rdsadmin', 'cloudsqladmin', 'azure_maintenance', 'azure_sys')
  ORDER BY pg_encoding_to_char(encoding) <> 'UTF8', datname`;

/** The extension in the maintenance database, told by the row of `serverSql`: what `statementsSql` gives elsewhere. */
export const statementsHere = (server: Row): string | null => server[11] ?? null;

/** Of `pg_control`: functions that can be closed to the role; naming one that is closed fails the whole statement. */
export const controlSql =
  'SELECT s.system_identifier, c.timeline_id FROM pg_control_system() AS s, pg_control_checkpoint() AS c';

/**
 * The columns of the statistics views and of the catalogs that sources read, and functions: `(name, column,column)`. What
 * the role may not execute, and a view that would call it, are as good as absent. And the start of the server.
 */
export const catalogSql = `WITH closed AS MATERIALIZED (
    SELECT DISTINCT proname FROM pg_proc
    WHERE pronamespace = 'pg_catalog'::regnamespace AND proname ~ '^pg_(stat_get_|postmaster_start_time$)'
      AND NOT has_function_privilege(oid, 'EXECUTE'))
  SELECT c.relname, string_agg(a.attname, ',' ORDER BY a.attnum)
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  WHERE c.relnamespace = 'pg_catalog'::regnamespace
    AND (c.relkind = 'v' OR c.relname IN ('pg_class', 'pg_database', 'pg_index', 'pg_subscription'))
    AND NOT EXISTS (SELECT FROM closed
      WHERE c.relkind = 'v' AND pg_get_viewdef(c.oid) LIKE '%' || proname || '(%')
  GROUP BY c.relname
UNION ALL SELECT 'functions', string_agg(DISTINCT proname, ',')
  FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND proname NOT IN (SELECT proname FROM closed)
    AND proname ~ '^pg_(stat|ls|get|wal|last|current|blocking|control|size_|database_size|table_size|postmaster)'
UNION ALL SELECT 'start', ${serverStart}`;

/** Whether the statistics of this `statementsSql` can be read: preloaded, and texts in UTF-8. */
export const isReadable = (statements: string | null): boolean =>
  statementsOf(statements).found !== null;

const split = (text: string | null | undefined): string[] => (text ? text.split(',') : []);

/** The start of the server that the row of `serverSql` is of. */
export const startOf = (server: Row): string => server[12] ?? '';

/** Whether the rows of `catalogSql` are of the same start as the row of `serverSql`. */
export const isSameStart = (server: Row, catalog: readonly Row[]): boolean => {
  const [, start = null] = catalog.find(([relation]) => relation === 'start') ?? [];
  return start === null || start === startOf(server);
};

/** Puts the rows of a probe together. */
export function serverFacts({ server, catalog, control, statements }: Probe): ServerFacts {
  const text = (index: number): string => server[index] ?? '';
  const settings = new Map(Object.entries(JSON.parse(text(9) || '{}') as Record<string, string>));
  const names = new Set<string>();
  for (const [relation, columns] of catalog) {
    if (relation === 'start') continue;
    if (relation === 'functions') for (const name of split(columns)) names.add(`${name}()`);
    else {
      names.add(relation ?? '');
      for (const column of split(columns)) names.add(`${relation ?? ''}.${column}`);
    }
  }
  const { found, unavailable } = statementsOf(statements);
  if (found) {
    names.add('pg_stat_statements');
    for (const column of found.columns) names.add(`pg_stat_statements.${column}`);
  }
  return {
    versionNum: Number(text(0)),
    version: text(1),
    inRecovery: bool(server[2] ?? null) === true,
    start: startOf(server),
    startedAt: timestamp(server[3] ?? null) ?? '',
    blockSize: Number(text(4)),
    role: {
      name: text(5),
      superuser: bool(server[6] ?? null) === true,
      monitor: bool(server[7] ?? null) === true,
    },
    database: text(8),
    systemIdentifier: unsigned(control?.[0] ?? null),
    timeline: control ? Number(int64(control[1] ?? null)) : null,
    dataDirectory: settings.get('data_directory') ?? null,
    isOn: (setting) => settings.get(setting) === 'on',
    setting: (name) => settings.get(name) ?? null,
    has: (need) => names.has(need),
    statements: found,
    statementsUnavailable: unavailable,
  };
}

/** `pg_control_system()` gives the identifier as `bigint`: the greater half comes out negative. */
const unsigned = (digits: string | null): string | null =>
  digits === null ? null : BigInt.asUintN(64, BigInt(digits)).toString();

function statementsOf(json: string | null): {
  readonly found: StatementsFacts | null;
  readonly unavailable: string | null;
} {
  const no = (unavailable: string) => ({ found: null, unavailable });
  if (json === null) return no('no database that is read has the extension pg_stat_statements');
  type Told = [string, string, string, string, string[] | null, boolean];
  const [database, encoding, schema, version, columns, preloaded] = JSON.parse(json) as Told;
  if (!preloaded) return no('pg_stat_statements is not in shared_preload_libraries');
  if (encoding !== 'UTF8') {
    return no(`pg_stat_statements is only in ${database}, whose encoding is ${encoding}, not UTF8`);
  }
  return { found: { database, schema, version, columns: columns ?? [] }, unavailable: null };
}
