import { createHmac } from 'node:crypto';

/** Extensions whose settings hold no secrets; of others nobody knows. */
const known: ReadonlySet<string> = new Set(
  'auth_delay auto_explain isn passwordcheck pg_prewarm pg_stat_statements pg_trgm plperl plpgsql plpython pltcl postgres_fdw seg sepgsql'.split(
    ' ',
  ),
);

/**
 * Whether the value of a setting may hold a secret: connection strings, shell commands, and whatever an extension that is
 * not known calls its own (`name.key`). Anyone may read those of pg_db_role_setting, and pg_monitor primary_conninfo.
 */
export function isSecretSetting(name: string): boolean {
  if (/(^|[._])(command|conninfo)$/.test(name)) return true;
  const dot = name.indexOf('.');
  return dot > 0 && !known.has(name.slice(0, dot));
}

/** A value as a hash with a key that never leaves this host: tells that it changed, and not what it is. 16 digits. */
export const keyedHash = (key: string, value: string): string =>
  createHmac('sha256', key).update(value).digest('hex').slice(0, 16);
