import { type Assembled, type Assembly, maxEntryChars } from './assembly.ts';
import { csvEntry, csvHead } from './csvEntry.ts';
import { csvReader, hasOddQuotes } from './csvRecord.ts';
import type { LogEntry, LogPosition } from './entry.ts';
import { type Judge, logHead } from './logHead.ts';
import type { LogTimestamp } from './logTimestamp.ts';

export interface AssembleCsvOptions {
  readonly timestamp: LogTimestamp;
  /** A record to which nothing was added for so long is given up. Default: 1000 ms. */
  readonly closeAfterMs?: number;
}

/** A record that goes on in the next line. */
interface Open {
  readonly position: LogPosition;
  readonly lines: string[];
  chars: number;
  cut: boolean;
  touchedAt: number;
}

/**
 * Makes entries of csvlog. A record ends with the first line at whose end its quotes are even.
 *
 * A record that was torn (the server crashed while it wrote) would take in all that follows. It ends where a line
 * begins as only a record can: with the fields up to the message and a quote that opens one, which text within quotes
 * cannot hold, as its quotes are doubled. What is no record becomes the message of an entry, marked `truncated`.
 */
export function assembleCsv({ timestamp, closeAfterMs = 1000 }: AssembleCsvOptions): Assembly {
  const read = csvReader();
  let done: Assembled[] = [];
  let open: Open | undefined;
  let judge: Judge = () => true;

  const finish = (text: string, position: LogPosition, cut: boolean): void => {
    // One quote closes what a cut record left open.
    const record = read(text) ?? (cut ? read(`${text}"`) : undefined);
    // A torn one is known by its message.
    const head = record && csvHead(record, cut ? 14 : undefined);
    if (record && head) {
      const entry = judge(head) ? csvEntry(record, head, position, timestamp) : null;
      if (entry && cut) entry.truncated = true;
      done.push({ head, position, entry });
      return;
    }
    const level = 'LOG' as const;
    const message = text.slice(0, maxEntryChars);
    const broken = logHead(level, message, undefined, undefined, undefined);
    const entry: LogEntry = { timestamp: null, level, message, position };
    if (cut) entry.truncated = true;
    done.push({ head: broken, position, entry: judge(broken) ? entry : null });
  };
  const close = (cut: boolean): void => {
    if (open) finish(open.lines.join('\n'), open.position, cut || open.cut);
    open = undefined;
  };
  const add = (line: string, position: LogPosition, cut: boolean, now: number): void => {
    if (open && isRecordStart(line, read)) close(true);
    const odd = hasOddQuotes(line);
    if (!open) {
      if (!odd || cut) finish(line, position, cut);
      else open = { position, lines: [line], chars: line.length, cut: false, touchedAt: now };
      return;
    }
    open.touchedAt = now;
    open.chars += line.length + 1;
    if (open.chars <= maxEntryChars) open.lines.push(line);
    else open.cut = true;
    if (odd) close(false);
  };
  const takeAll = (): readonly Assembled[] => {
    const taken = done;
    done = [];
    return taken;
  };
  return {
    push: ({ fileId, text, starts, cut }, wanted, now) => {
      judge = wanted;
      let from = 0;
      for (const offset of starts) {
        const newline = text.indexOf('\n', from);
        add(text.slice(from, newline), { file_id: fileId, offset }, cut, now);
        from = newline + 1;
      }
    },
    take: (now) => {
      if (open && now - open.touchedAt >= closeAfterMs) close(true);
      return takeAll();
    },
    flush: () => {
      close(true);
      return takeAll();
    },
    oldest: () => done[0]?.position ?? open?.position,
  };
}

/** Whether a line begins a record, and cannot be a line within quotes. */
function isRecordStart(line: string, read: ReturnType<typeof csvReader>): boolean {
  if (line.charAt(4) !== '-' || line.charAt(10) !== ' ' || line.charAt(13) !== ':') return false;
  let at = 0;
  for (let field = 0; field < 13; field++) {
    const begin = at;
    if (line.charAt(at) === '"') {
      at = line.indexOf('"', at + 1) + 1;
      while (at > 0 && line.charAt(at) === '"') at = line.indexOf('"', at + 1) + 1;
      if (at === 0) return false;
    } else while (at < line.length && line.charAt(at) !== ',' && line.charAt(at) !== '"') at++;
    if (line.charAt(at) !== ',') return false;
    // Severity and SQLSTATE are never missing.
    if (field >= 11 && at === begin) return false;
    at++;
  }
  let quotes = 0;
  while (line.charAt(at + quotes) === '"') quotes++;
  return quotes % 2 === 1 || (quotes > 0 && read(line) !== undefined);
}
