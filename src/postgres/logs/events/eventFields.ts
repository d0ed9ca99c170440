import type { LogEntry } from '../entry.ts';
import type { DeadlockWait, EntryFields } from '../entryFields.ts';
import { fieldPatterns } from './fieldPatterns.ts';

/** The names of all fields that are found by patterns. */
export const fieldNames = (): string[] => {
  const names = new Set(['phase']);
  for (const patterns of fieldPatterns.values()) {
    for (const { pattern } of patterns) {
      for (const [, name = ''] of pattern.source.matchAll(/\(\?<(\w+)>/g)) names.add(name);
    }
  }
  return [...names].sort();
};

const lookedAt = 2000;
const maxWaits = 50;
const maxPids = 200;

/** Names of fields that hold numbers. */
const numbers =
  /_(?:ms|s|kb|percent|mb_s|pid|left|scans|files|bits|port)$|^(?:buffers|slru_buffers|buffer_\w+|buffers_\w+|pages_\w+|tuples_\w+|wal_(?:added|removed|recycled|records|full_pages|bytes)|bytes|block|exit_code|signal|timeline|port)$/;

/** Whether a field holds a number. */
export const isNumber = (name: string): boolean => numbers.test(name);
/** Whether it holds several. */
export const isList = (name: string): boolean => name.endsWith('_pids');

const wait =
  /^Process (\d{1,10}) waits for ([A-Za-z]{1,40}) on ([^"\n]{1,200}?); blocked by process (\d{1,10})\.$/;

/**
 * What an entry tells in its message and DETAIL: figures, processes, names. Undefined for an event without fields, and
 * where nothing was found (another language, another version).
 *
 * To be called before anything is redacted: patterns take the server's own words, numbers and names alone.
 */
export function eventFields(entry: LogEntry): EntryFields | undefined {
  const { event } = entry;
  if (event === undefined) return undefined;
  if (event === 'deadlock') return deadlock(entry.detail);
  const patterns = fieldPatterns.get(event);
  if (!patterns) return undefined;
  let fields: EntryFields | undefined;
  for (const { part, pattern } of patterns) {
    const text = entry[part];
    const groups = text === undefined ? undefined : pattern.exec(text.slice(0, lookedAt))?.groups;
    for (const name in groups) {
      const value = groups[name];
      if (value === undefined || value === '') continue;
      fields ??= {};
      if (isList(name)) fields[name] = pids(value);
      else fields[name] = isNumber(name) ? Number(value) : value;
    }
  }
  return fields;
}

const pids = (text: string): number[] => text.split(', ').slice(0, maxPids).map(Number);

function deadlock(detail: string | undefined): EntryFields | undefined {
  const waits: DeadlockWait[] = [];
  for (const line of detail?.split('\n', maxWaits) ?? []) {
    const [, pid, lock_mode, lock_object, blocked_by] = wait.exec(line) ?? [];
    if (lock_mode === undefined || lock_object === undefined) break;
    waits.push({ pid: Number(pid), lock_mode, lock_object, blocked_by: Number(blocked_by) });
  }
  return waits.length === 0 ? undefined : { waits };
}
