import type { LogEntry } from './entry.ts';
import type { LogTimestamp } from './logTimestamp.ts';
import type { PrefixFields } from './prefix.ts';

/** What a prefix tells of a message, in the words of an entry. */
export function prefixEntry(
  fields: PrefixFields,
  timestamp: LogTimestamp,
): Omit<LogEntry, 'level' | 'message' | 'position'> {
  const time = fields.m ?? fields.t;
  const told: Omit<LogEntry, 'level' | 'message' | 'position'> = {
    timestamp: (time === undefined ? epoch(fields.n) : timestamp(time)) ?? null,
  };
  if (fields.e !== undefined) told.sqlstate = fields.e;
  if (fields.p !== undefined) told.pid = Number(fields.p);
  if (fields.u !== undefined) told.user = fields.u;
  if (fields.d !== undefined) told.database = fields.d;
  if (fields.a !== undefined) told.application_name = fields.a;
  const client = fields.h ?? fields.r?.replace(/\(\d{1,5}\)$/, '');
  if (client !== undefined) told.client_addr = client;
  if (fields.c !== undefined) told.session_id = fields.c;
  if (fields.l !== undefined) told.line_num = Number(fields.l);
  if (fields.Q !== undefined && fields.Q !== '0') told.query_id = fields.Q;
  if (fields.b !== undefined) told.backend_type = fields.b;
  return told;
}

/** `%n`: `1700000000.123`. */
function epoch(text: string | undefined): string | undefined {
  const ms = text === undefined ? NaN : Math.round(Number(text) * 1000);
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : undefined;
}
