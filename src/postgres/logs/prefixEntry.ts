import type { LogEntry } from './entry.ts';
import type { LogTimestamp } from './logTimestamp.ts';
import type { PrefixMatch } from './prefix.ts';
import type { Escape } from './prefixTokens.ts';

/** Puts what a prefix tells of a message into its entry. */
export function prefixEntry(told: LogEntry, match: PrefixMatch, timestamp: LogTimestamp): void {
  const value = (escape: Escape): string | undefined => match.value(escape);
  const time = value('m') ?? value('t');
  told.timestamp = (time === undefined ? epoch(value('n')) : timestamp(time)) ?? null;
  const put = (
    field: 'sqlstate' | 'user' | 'database' | 'application_name' | 'session_id' | 'backend_type',
    escape: Escape,
  ): void => {
    const text = value(escape);
    if (text !== undefined) told[field] = text;
  };
  put('sqlstate', 'e');
  put('user', 'u');
  put('database', 'd');
  put('application_name', 'a');
  put('session_id', 'c');
  put('backend_type', 'b');
  const [pid, line, query] = [value('p'), value('l'), value('Q')];
  if (pid !== undefined) told.pid = Number(pid);
  if (line !== undefined) told.line_num = Number(line);
  if (query !== undefined && query !== '0') told.query_id = query;
  const client = value('h') ?? value('r')?.replace(/\(\d{1,5}\)$/, '');
  if (client !== undefined) told.client_addr = client;
}

/** `%n`: `1700000000.123`. */
function epoch(text: string | undefined): string | undefined {
  const ms = text === undefined ? NaN : Math.round(Number(text) * 1000);
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : undefined;
}
