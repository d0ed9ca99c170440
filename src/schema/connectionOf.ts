import type { ServerSettings } from './config.ts';

/** What of a server's settings its connections depend on, to compare: the name, the choice of databases and the budget do not count. */
export const connectionOf = (settings: ServerSettings): string =>
  JSON.stringify({ ...settings, name: '', databases: [], exclude_databases: [], budget: 0 });
