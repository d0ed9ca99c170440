import type { LogEntry } from './entry.ts';
import type { LogHead } from './logHead.ts';
import type { PrefixMatch } from './prefixMatcher.ts';
import type { TimestampAt } from './timestampAt.ts';

/**
 * Puts what a prefix tells of a message into its entry.
 *
 * @param head - What was read of it already.
 */
export function prefixEntry(
  told: LogEntry,
  match: PrefixMatch,
  timestamp: TimestampAt,
  { user, database }: LogHead,
): void {
  const time = match.read('m', timestamp) ?? match.read('t', timestamp);
  told.timestamp = time ?? epoch(match.value('n')) ?? null;
  const pid = match.name('p');
  if (pid !== undefined) told.pid = Number(pid);
  if (user !== undefined) told.user = user;
  if (database !== undefined) told.database = database;
  const application = match.name('a');
  if (application !== undefined) told.application_name = application;
  const sqlstate = match.name('e');
  if (sqlstate !== undefined) told.sqlstate = sqlstate;
  const session = match.name('c');
  if (session !== undefined) told.session_id = session;
  const backend = match.name('b');
  if (backend !== undefined) told.backend_type = backend;
  const line = match.value('l');
  if (line !== undefined) told.line_num = Number(line);
  const query = match.name('Q');
  if (query !== undefined && query !== '0') told.query_id = query;
  const client = match.name('h') ?? match.name('r')?.replace(/\(\d{1,5}\)$/, '');
  if (client !== undefined) told.client_addr = client;
}

/** `%n`: `1700000000.123`. */
function epoch(text: string | undefined): string | undefined {
  const ms = text === undefined ? NaN : Math.round(Number(text) * 1000);
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : undefined;
}
