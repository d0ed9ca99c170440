import type { ServerSettings } from '../schema/config.ts';
import { wildcard } from '../schema/wildcard.ts';

/** Which databases of a server are read. */
export interface WantedDatabases {
  /** Those asked for by name; empty where all are. */
  readonly names: readonly string[];
  /** A condition on `p`, pg_database, and the values of its parameters `$1`, `$2`, `$3`. */
  readonly condition: string;
  readonly values: readonly [readonly string[], string, readonly string[]];
  /** Whether a database that meets the condition is not excluded by a pattern. */
  readonly includes: (name: string) => boolean;
}

/** Databases of hosting providers, which let nobody in. */
const foreign = ['rdsadmin', 'cloudsqladmin', 'azure_maintenance', 'azure_sys'];

/**
 * What the connection settings ask for: names; without any, the maintenance database; with `"*"` all that take
 * connections, but for templates, invalid ones (`datconnlimit = -2`), those of hosting providers and `exclude_databases`.
 */
export function wantedDatabases({
  databases,
  exclude_databases,
  database,
}: ServerSettings): WantedDatabases {
  const all = databases.includes('*');
  const names = all ? [] : databases.length === 0 ? [database] : databases;
  return {
    names,
    condition: `(p.datname::text = ANY ($1::text[]) OR ($2::boolean AND p.datallowconn AND p.datconnlimit <> -2
      AND NOT p.datistemplate AND p.datname::text <> ALL ($3::text[])))`,
    values: [names, String(all), foreign],
    includes: (name) => !all || !exclude_databases.some((pattern) => wildcard(pattern, name)),
  };
}
