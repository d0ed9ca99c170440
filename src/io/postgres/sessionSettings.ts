import { serverStart } from '../../postgres/serverStart.ts';
import { mark } from './mark.ts';

/** What is true for every session of ours. Milliseconds where no unit is given. */
const always = {
  lock_timeout: '100ms',
  idle_in_transaction_session_timeout: '10s',
  jit: 'off',
  search_path: 'pg_catalog, pg_temp',
  DateStyle: 'ISO',
  IntervalStyle: 'iso_8601',
  TimeZone: 'UTC',
} as const;

/** In force until a query asks for another, e.g. while the session is set up. */
export const initialStatementTimeoutMs = 5000;

const applicationName = 'pganalytics-collector';

/** The start-up parameters of a direct connection. An unknown one would be FATAL: all of these exist since 13. */
export const startupParameters: Readonly<Record<string, string>> = {
  application_name: applicationName,
  client_encoding: 'UTF8',
  statement_timeout: String(initialStatementTimeoutMs),
  default_transaction_read_only: 'on',
  ...always,
};

/** The start-up parameters that every pooler takes. */
export const pooledParameters: Readonly<Record<string, string>> = {
  application_name: applicationName,
  client_encoding: 'UTF8',
};

/** Settings of newer versions; each is set only where it exists. */
const newer = {
  idle_session_timeout: '0',
  client_connection_check_interval: '1s',
  transaction_timeout: '2min',
} as const;

const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Tells which start of a server answers; for a role that may ask. */
export const startStatement = mark('session', `SELECT ${serverStart}`);

/**
 * Asks for the backend's pid and whether the role may ask for the server's start, and sets what newer versions have, in one
 * round trip. Where the pid is not `pid`, a pooler answered: then nothing is set, because it would leak into other people's sessions.
 *
 * @param without What is left out: `client_connection_check_interval`, which some platforms refuse.
 */
export function setUpStatement(pid: number, without: { readonly checkConnection?: true }): string {
  const wanted = Object.entries(newer)
    .filter(([name]) => !without.checkConnection || name !== 'client_connection_check_interval')
    .map(([name, value]) => `(${quote(name)}, ${quote(value)})`);
  return mark(
    'session',
    `SELECT pg_backend_pid(), count(CASE WHEN pg_backend_pid() = ${pid}
        AND current_setting(name, true) IS NOT NULL THEN set_config(name, value, false) END),
        has_function_privilege('pg_postmaster_start_time()', 'EXECUTE')
       FROM (VALUES ${wanted.join(', ')}) AS wanted (name, value)`,
  );
}

/** Changes the time-out of a direct session. A SELECT, so that all values share one entry of `pg_stat_statements`. */
export const timeoutStatement = (timeoutMs: number): string =>
  mark('session', `SELECT set_config('statement_timeout', ${quote(String(timeoutMs))}, false)`);

/**
 * Begins a short read-only transaction with settings of its own. Behind a pooler it also carries what a direct
 * session got at its start.
 *
 * @param asksStart Whether the row of its SELECT also tells which start of a server answers, as `start`.
 */
export function beginStatement(
  pooler: boolean,
  timeoutMs: number,
  settings: Readonly<Record<string, string>> = {},
  asksStart = false,
): string {
  const local = {
    ...(pooler ? always : {}),
    statement_timeout: String(timeoutMs),
    ...settings,
  };
  const set = Object.entries(local).map(
    ([name, value]) => `set_config(${quote(name)}, ${quote(value)}, true)`,
  );
  if (asksStart) set.push(`${serverStart} AS start`);
  return `BEGIN /* pganalytics:session */ READ ONLY; ${mark('session', `SELECT ${set.join(', ')}`)}`;
}

/** Ends a guest's transaction, and lets its advisory locks go: those of a session outlive it. */
export const leaveStatement = `ROLLBACK; ${mark('session', 'SELECT pg_advisory_unlock_all()')}`;
