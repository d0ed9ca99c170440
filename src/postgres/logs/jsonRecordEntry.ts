import type { LogEntry, LogPosition } from './entry.ts';
import { placeOf } from './jsonKeys.ts';
import type { JsonRecord } from './jsonRecord.ts';
import type { LogHead } from './logHead.ts';
import { newEntry } from './newEntry.ts';
import type { TimestampAt } from './timestampAt.ts';

/** Texts that most lines do not have. */
const seldom = (['detail', 'hint', 'context', 'statement', 'internal_query'] as const).map(
  (field) => [field, placeOf(field)] as const,
);
const [time, query] = [placeOf('timestamp'), placeOf('query_id')];
const [pid, line, session] = [placeOf('pid'), placeOf('line_num'), placeOf('session_id')];
const [client, backend] = [placeOf('remote_host'), placeOf('backend_type')];
const application = placeOf('application_name');
const [routine, file, fileLine] = [
  placeOf('func_name'),
  placeOf('file_name'),
  placeOf('file_line_num'),
];

/**
 * The entry that a line of jsonlog is, the same as `jsonEntry` makes of it.
 *
 * @param message - Its text, as it was read before.
 */
export function jsonRecordEntry(
  record: JsonRecord,
  message: string,
  { level, event, sqlstate, database, user }: LogHead,
  position: LogPosition,
  timestamp: TimestampAt,
  durationMs: number,
): LogEntry {
  const read = timestamp(record.bytes, record.start(time), record.stop(time));
  const entry = newEntry(read, level, message, position);
  for (const [field, place] of seldom) {
    const text = record.value(place);
    if (text !== undefined) entry[field] = text;
  }
  if (sqlstate !== undefined) entry.sqlstate = sqlstate;
  const process = record.name(pid);
  if (process !== undefined) entry.pid = Number(process);
  if (user !== undefined) entry.user = user;
  if (database !== undefined) entry.database = database;
  const name = record.name(application);
  if (name !== undefined) entry.application_name = name;
  const host = record.name(client);
  if (host !== undefined) entry.client_addr = host;
  const id = record.name(session);
  if (id !== undefined) entry.session_id = id;
  const number = record.value(line);
  if (number !== undefined) entry.line_num = Number(number);
  const queryId = record.name(query);
  if (queryId !== undefined && queryId !== '0') entry.query_id = queryId;
  const kind = record.name(backend);
  if (kind !== undefined) entry.backend_type = kind;
  const names = [record.name(routine), record.name(file)].filter((name) => name !== undefined);
  if (names.length > 0) entry.location = [...names, record.value(fileLine) ?? ''].join(':');
  if (!Number.isNaN(durationMs)) entry.duration_ms = durationMs;
  if (event !== undefined) entry.event = event;
  return entry;
}
