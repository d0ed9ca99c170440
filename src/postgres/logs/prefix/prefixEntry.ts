import type { LogEntry } from '../entry.ts';
import type { LogHead } from '../logHead.ts';
import type { PrefixMatch } from './prefixMatcher.ts';
import type { TimestampAt } from '../timestampAt.ts';

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
  const { sqlstate } = match.origin;
  const { fields } = match;
  const { pid, application_name, session_id, backend_type } = fields;
  const { line_num, query_id, client_addr } = fields;
  if (pid !== undefined) told.pid = pid;
  if (user !== undefined) told.user = user;
  if (database !== undefined) told.database = database;
  if (application_name !== undefined) told.application_name = application_name;
  if (sqlstate !== undefined) told.sqlstate = sqlstate;
  if (session_id !== undefined) told.session_id = session_id;
  if (backend_type !== undefined) told.backend_type = backend_type;
  if (line_num !== undefined) told.line_num = line_num;
  if (query_id !== undefined) told.query_id = query_id;
  if (client_addr !== undefined) told.client_addr = client_addr;
}

/** `%n`: `1700000000.123`. */
function epoch(text: string | undefined): string | undefined {
  const ms = text === undefined ? NaN : Math.round(Number(text) * 1000);
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : undefined;
}
