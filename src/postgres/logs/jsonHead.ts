import { levelOfSqlstate } from './jsonEntry.ts';
import { type LogHead, logHead } from './logHead.ts';
import { severityWord } from './severityWord.ts';

/** The keys before the message are shorter than this together. */
const headChars = 4096;

/**
 * What a line of jsonlog is counted and judged by, found without parsing it: most lines are counted only. Undefined
 * where its keys do not stand as the server writes them; then it is to be parsed.
 *
 * A key with its quotes and the comma before it cannot occur within a string, where quotes are escaped.
 */
export function jsonHead(line: string): LogHead | undefined {
  if (!line.startsWith('{"timestamp":"') || !line.endsWith('}')) return undefined;
  const head = line.length > headChars ? line.slice(0, headChars) : line;
  const severityAt = head.indexOf(',"error_severity":"');
  if (severityAt < 0) return undefined;
  const severity = plain(head, severityAt + 19);
  const behind = severityAt + 20 + (severity?.length ?? 0);
  const sqlstate = head.startsWith(',"state_code":"', behind) ? plain(head, behind + 15) : '';
  const messageAt = behind + (sqlstate === '' ? 0 : 16 + (sqlstate?.length ?? 0));
  if (severity === undefined || sqlstate === undefined) return undefined;
  if (!head.startsWith(',"message":"', messageAt)) return undefined;
  const message = textAt(line, messageAt + 11);
  const before = head.slice(0, severityAt);
  const database = before.includes(',"dbname":"') ? valueOf(before, ',"dbname":"') : '';
  const user = before.includes(',"user":"') ? valueOf(before, ',"user":"') : '';
  if (message === undefined || database === undefined || user === undefined) return undefined;
  const meaning = severityWord(severity);
  const level =
    meaning && 'level' in meaning ? meaning.level : levelOfSqlstate(sqlstate || undefined);
  return logHead(level, message, sqlstate || undefined, database || undefined, user || undefined);
}

const valueOf = (text: string, key: string): string | undefined =>
  plain(text, text.indexOf(key) + key.length);

/** The string whose first character stands at `at`; undefined where it holds an escape. */
function plain(text: string, at: number): string | undefined {
  const end = text.indexOf('"', at);
  const value = end < 0 ? '\\' : text.slice(at, end);
  return value.includes('\\') ? undefined : value;
}

/** The string whose opening quote stands at `at`. */
function textAt(line: string, at: number): string | undefined {
  let end = line.indexOf('"', at + 1);
  while (end > 0 && isEscaped(line, end)) end = line.indexOf('"', end + 1);
  if (end < 0) return undefined;
  const raw = line.slice(at + 1, end);
  if (!raw.includes('\\')) return raw;
  try {
    return JSON.parse(line.slice(at, end + 1)) as string;
  } catch {
    return undefined;
  }
}

/** Whether an odd number of backslashes stands before a place. */
function isEscaped(line: string, at: number): boolean {
  let before = at;
  while (line.charCodeAt(before - 1) === 92) before--;
  return (at - before) % 2 === 1;
}
