import { levelOfSqlstate } from './jsonEntry.ts';
import { type LogHead, logHead } from './logHead.ts';
import type { NameOf, RawText } from './rawText.ts';
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
export function jsonHead(line: RawText, nameOf: NameOf): LogHead | undefined {
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
  let sqlstate: string | undefined;
  if (head.startsWith(',"state_code":"', at)) {
    const end = plainEnd(head, at + 15);
    if (end < 0) return undefined;
    sqlstate = nameOf(head, at + 15, end);
    at = end + 1;
  }
  if (!head.startsWith(',"message":"', at)) return undefined;
  const message = firstLineAt(line, at + 12);
  if (message === undefined) return undefined;
  const level = severityWord(nameOf(head, severityAt, severityEnd))?.level;
  return logHead(level ?? levelOfSqlstate(sqlstate), message, sqlstate, database, user);
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

/** The beginning of a string, up to its first newline. */
function firstLineAt(line: RawText, from: number): string | undefined {
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
  if (!escaped) return line.slice(from, at);
  try {
    return JSON.parse(`"${line.slice(from, at)}"`) as string;
  } catch {
    return undefined;
  }
}
