import { levelOfSqlstate, noSqlstate } from './jsonEntry.ts';
import type { Kind, LogKinds } from './logKinds.ts';
import type { NameOf } from './nameReader.ts';
import type { RawText } from './rawText.ts';
import { severityWord } from './severityWord.ts';

/** The keys before the message are shorter than this together. */
const headChars = 4096;
/** Of a message no more is looked at. */
const messageChars = 1024;

const quote = 34;
const backslash = 92;
const letterN = 110;

/**
 * What a line of jsonlog is counted and judged by, found without parsing it: most lines are counted only. Undefined
 * where its keys do not stand as the server writes them; then it is to be parsed.
 *
 * A key with its quotes and the comma before it cannot occur within a string, where quotes are escaped.
 */
export function jsonKind(line: RawText, nameOf: NameOf, kinds: LogKinds): Kind | undefined {
  if (!line.startsWith('{"timestamp":"') || line.charCodeAt(line.length - 1) !== 125)
    return undefined;
  const head = line.length > headChars ? line.slice(0, headChars) : line;
  let at = plainEnd(head, 14) + 1;
  let user: string | undefined;
  let database: string | undefined;
  if (head.startsWith(',"user":"', at)) {
    const end = plainEnd(head, at + 9);
    if (end < 0) return undefined;
    user = nameOf(head, at + 9, end);
    at = end + 1;
  }
  if (head.startsWith(',"dbname":"', at)) {
    const end = plainEnd(head, at + 11);
    if (end < 0) return undefined;
    database = nameOf(head, at + 11, end);
    at = end + 1;
  }
  const severityAt = head.indexOf(',"error_severity":"', at) + 19;
  const severityEnd = severityAt < 19 ? -1 : plainEnd(head, severityAt);
  if (severityEnd < 0) return undefined;
  at = severityEnd + 1;
  let sqlstate = noSqlstate;
  if (head.startsWith(',"state_code":"', at)) {
    const end = plainEnd(head, at + 15);
    if (end < 0) return undefined;
    sqlstate = nameOf(head, at + 15, end);
    at = end + 1;
  }
  if (!head.startsWith(',"message":"', at)) return undefined;
  const known = severityWord(nameOf(head, severityAt, severityEnd))?.level;
  const level = known ?? levelOfSqlstate(sqlstate);
  const messageAt = at + 12;
  const end = firstLineEnd(line, messageAt);
  if (end >= 0) return kinds.read(level, line, messageAt, end, sqlstate, database, user);
  const message = unescaped(line.slice(messageAt, -end));
  if (message === undefined) return undefined;
  return kinds.read(level, message, 0, message.length, sqlstate, database, user);
}

/** Where the quote stands that ends a string; -1 where it holds an escape, or does not end. */
function plainEnd(text: RawText, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) return at;
    if (code === backslash) return -1;
  }
  return -1;
}

/** Where a string ends, or its first line; that as a negative number where it holds other escapes. */
function firstLineEnd(line: RawText, from: number): number {
  const last = Math.min(line.length, from + messageChars);
  let escaped = false;
  let at = from;
  for (; at < last; at++) {
    const code = line.charCodeAt(at);
    if (code === quote) break;
    if (code !== backslash) continue;
    if (line.charCodeAt(at + 1) === letterN) break;
    escaped = true;
    at++;
  }
  return escaped ? -at : at;
}

function unescaped(text: RawText): string | undefined {
  try {
    return JSON.parse(`"${text}"`) as string;
  } catch {
    return undefined;
  }
}
