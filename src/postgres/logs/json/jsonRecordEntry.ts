import type { LogEntry, LogPosition } from '../entry.ts';
import { knownDetail } from '../redaction/knownDetail.ts';
import { placeOf } from './jsonKeys.ts';
import type { JsonRecord } from './jsonRecord.ts';
import type { LogHead } from '../logHead.ts';
import { newEntry } from '../newEntry.ts';
import type { TimestampAt } from '../timestampAt.ts';

const [time, query] = [placeOf('timestamp'), placeOf('query_id')];
const [line, detail, hint] = [placeOf('line_num'), placeOf('detail'), placeOf('hint')];
const [context, statement] = [placeOf('context'), placeOf('statement')];
const internalQuery = placeOf('internal_query');
const [routine, file, fileLine] = [
  placeOf('func_name'),
  placeOf('file_name'),
  placeOf('file_line_num'),
];
const bits = (...places: readonly number[]): number =>
  places.reduce((bits, place) => bits | (1 << place), 0);
/** What most lines do not have. */
const texts = bits(detail, hint, internalQuery, context, statement);
const names = bits(routine, file);

/**
 * The entry that a line of jsonlog is, the same as `jsonEntry` makes of it.
 *
 * @param message - Its text, as it was read before.
 * @param redacts - Whether it loses its literals: what is nothing but them is not read. Default: false.
 */
export function jsonRecordEntry(
  record: JsonRecord,
  message: string,
  { level, event, sqlstate, database, user }: LogHead,
  position: LogPosition,
  timestamp: TimestampAt,
  durationMs: number,
  redacts = false,
): LogEntry {
  const read = timestamp(record.bytes, record.start(time), record.stop(time));
  const entry = newEntry(read, level, message, position);
  if (record.has(texts)) addTexts(entry, record, redacts);
  if (sqlstate !== undefined) entry.sqlstate = sqlstate;
  const { pid, client, id } = record.session;
  if (pid !== undefined) entry.pid = pid;
  if (user !== undefined) entry.user = user;
  if (database !== undefined) entry.database = database;
  const { application, backend } = record.tail;
  if (application !== undefined) entry.application_name = application;
  if (client !== undefined) entry.client_addr = client;
  if (id !== undefined) entry.session_id = id;
  const number = record.number(line);
  if (number !== undefined) entry.line_num = number;
  const queryId = record.name(query);
  if (queryId !== undefined && queryId !== '0') entry.query_id = queryId;
  if (backend !== undefined) entry.backend_type = backend;
  if (record.has(names)) addLocation(entry, record);
  if (!Number.isNaN(durationMs)) entry.duration_ms = durationMs;
  if (event !== undefined) entry.event = event;
  return entry;
}

function addTexts(entry: LogEntry, record: JsonRecord, redacts: boolean): void {
  const known = redacts ? knownDetail(record.bytes, record.start(detail)) : undefined;
  const details = known ?? record.value(detail);
  if (details !== undefined) entry.detail = details;
  const hints = record.value(hint);
  if (hints !== undefined) entry.hint = hints;
  const contexts = record.value(context);
  if (contexts !== undefined) entry.context = contexts;
  const query = record.value(statement);
  if (query !== undefined) entry.statement = query;
  const inner = record.value(internalQuery);
  if (inner !== undefined) entry.internal_query = inner;
}

function addLocation(entry: LogEntry, record: JsonRecord): void {
  const names = [record.name(routine), record.name(file)].filter((name) => name !== undefined);
  if (names.length > 0) entry.location = [...names, record.value(fileLine) ?? ''].join(':');
}
