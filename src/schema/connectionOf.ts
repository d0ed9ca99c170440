import type { ServerSettings } from './config.ts';

/** What of a server's settings its connections depend on, to compare: the name and the choice of databases do not count. */
export const connectionOf = (settings: ServerSettings): string =>
  JSON.stringify({ ...settings, name: '', databases: [], exclude_databases: [] });
