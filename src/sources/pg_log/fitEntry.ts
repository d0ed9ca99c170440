import type { LogEntry } from '../../postgres/logs/entry.ts';

/** The greatest entry, in bytes of JSON: some of them fit into a metric of 256 KiB. */
const maxEntryBytes = 98_304;

/** How many characters the texts of an entry may keep when they are too long together, by what they are worth. */
const shares = {
  message: 32_768,
  statement: 32_768,
  detail: 8192,
  context: 8192,
  internal_query: 8192,
  hint: 2048,
  backtrace: 2048,
  location: 512,
  application_name: 512,
  user: 256,
  database: 256,
  client_addr: 256,
  backend_type: 256,
} as const;

/** An entry as JSON that fits, and its size. */
export interface FittedEntry {
  readonly entry: LogEntry;
  /** Of its JSON in UTF-8. */
  readonly bytes: number;
}

/** Cuts the texts of an entry that is too large, each at a character; it is then marked `truncated`. */
export function fitEntry(entry: LogEntry): FittedEntry {
  let fitted = entry;
  let bytes = sizeOf(fitted);
  // One character can take six bytes of JSON: halve until it fits.
  for (let divisor = 1; bytes > maxEntryBytes; divisor *= 2) {
    fitted = { ...entry, truncated: true };
    for (const [field, share] of Object.entries(shares) as [keyof typeof shares, number][]) {
      const text = fitted[field];
      if (text !== undefined) fitted[field] = cutAt(text, Math.floor(share / divisor));
    }
    bytes = sizeOf(fitted);
  }
  return { entry: fitted, bytes };
}

const sizeOf = (entry: LogEntry): number => Buffer.byteLength(JSON.stringify(entry));

/** The first characters of a text; a surrogate pair is not torn apart. */
function cutAt(text: string, length: number): string {
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? length - 1 : length);
}
