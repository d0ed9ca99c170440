import { csvColumn as column } from './csvColumn.ts';
import type { CsvRecord } from './csvRecord.ts';
import type { LogEntry, LogPosition } from '../entry.ts';
import { knownDetail } from '../redaction/knownDetail.ts';
import type { LogHead } from '../logHead.ts';
import type { Kind, LogKinds } from '../logKinds.ts';
import { newEntry } from '../newEntry.ts';
import type { TimestampAt } from '../timestampAt.ts';

/** What a record of csvlog is counted and judged by; undefined where it is none: it has at least so many fields. */
export function csvKind(record: CsvRecord, kinds: LogKinds, least = 23): Kind | undefined {
  const { level, sqlstate } = record.head;
  if (record.length < least || level === undefined) return undefined;
  const from = record.start(column.message);
  const to = record.stop(column.message);
  return kinds.read(level, record.bytes, from, to, sqlstate, record.database, record.user);
}

/** Texts that most records do not have, a bit for each. */
const seldom = (['detail', 'hint', 'internal_query', 'context', 'statement', 'location'] as const)
  .map((field) => 1 << column[field])
  .reduce((bits, bit) => bits | bit);

/**
 * The entry that a record of csvlog is.
 *
 * @param message - Its text, as it was read before.
 * @param redacts - Whether it loses its literals: what is nothing but them is not read. Default: false.
 */
export function csvEntry(
  record: CsvRecord,
  message: string,
  { level, event, sqlstate, database, user }: LogHead,
  position: LogPosition,
  timestamp: TimestampAt,
  durationMs: number,
  redacts = false,
): LogEntry {
  const time = timestamp(
    record.bytes,
    record.start(column.timestamp),
    record.stop(column.timestamp),
  );
  const entry = newEntry(time, level, message, position);
  if (record.has(seldom)) addTexts(entry, record, redacts);
  if (sqlstate !== undefined) entry.sqlstate = sqlstate;
  const { pid, client, id } = record.session;
  if (pid !== undefined) entry.pid = pid;
  if (user !== undefined) entry.user = user;
  if (database !== undefined) entry.database = database;
  const { application, backend } = record.tail;
  if (application !== undefined) entry.application_name = application;
  if (client !== undefined) entry.client_addr = client;
  if (id !== undefined) entry.session_id = id;
  const line = record.number(column.line_num);
  if (line !== undefined) entry.line_num = line;
  const query = record.name(column.query_id);
  if (query !== undefined && query !== '0') entry.query_id = query;
  if (backend !== undefined) entry.backend_type = backend;
  if (event !== undefined) entry.event = event;
  if (!Number.isNaN(durationMs)) entry.duration_ms = durationMs;
  return entry;
}

function addTexts(entry: LogEntry, record: CsvRecord, redacts: boolean): void {
  const known = redacts ? knownDetail(record.bytes, record.start(column.detail)) : undefined;
  const detail = known ?? record.value(column.detail);
  if (detail !== undefined) entry.detail = detail;
  const hint = record.value(column.hint);
  if (hint !== undefined) entry.hint = hint;
  const query = record.value(column.internal_query);
  if (query !== undefined) entry.internal_query = query;
  const context = record.value(column.context);
  if (context !== undefined) entry.context = context;
  const statement = record.value(column.statement);
  if (statement !== undefined) entry.statement = statement;
  const location = record.value(column.location);
  if (location !== undefined) entry.location = location;
}
