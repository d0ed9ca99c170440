import { placeOf } from './jsonKeys.ts';
import type { JsonRecord } from './jsonRecord.ts';
import type { Kind, LogKinds } from '../logKinds.ts';
import type { RawBytes } from '../rawText.ts';

/** Of a message no more is looked at. */
const messageBytes = 1024;

const backslash = 92;
const letterN = 110;
const message = placeOf('message');

/**
 * What a line of jsonlog is counted and judged by, of which the message was read: most lines are counted only. Undefined
 * where it has none.
 */
export function jsonKind(record: JsonRecord, kinds: LogKinds): Kind | undefined {
  const { level, sqlstate } = record.head;
  const { database, user } = record;
  const start = record.start(message);
  if (level === undefined || start === 0) return undefined;
  const stop = record.stop(message);
  const end = record.isEscaped(message) ? firstLineEnd(record.bytes, start, stop) : stop;
  if (end >= 0) return kinds.read(level, record.bytes, start, end, sqlstate, database, user);
  const told = Buffer.from(record.value(message)?.slice(0, messageBytes) ?? '');
  return kinds.read(level, told, 0, told.length, sqlstate, database, user);
}

/** Where the first line of a text ends; -1 where it holds other escapes. */
function firstLineEnd(bytes: RawBytes, from: number, to: number): number {
  const last = Math.min(to, from + messageBytes);
  for (let at = from; at < last; at++) {
    if (bytes[at] === backslash) return bytes[at + 1] === letterN ? at : -1;
  }
  return last;
}
