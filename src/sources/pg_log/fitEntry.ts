import type { LogEntry } from '../../postgres/logs/entry.ts';
import { redactedSize } from '../../postgres/sql/redact.ts';
import type { LogPlan } from '../../postgres/logs/plan/logPlan.ts';

/** The greatest entry, in bytes of JSON: some of them fit into a metric of 256 KiB. */
const maxEntryBytes = 98_304;
/** Of the names of all fields, of numbers and of texts that are always short. */
const fixedBytes = 520;

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
  /** Of its JSON in UTF-8, at least. */
  readonly bytes: number;
}

/**
 * Cuts the texts of an entry that is too large, each at a character; it is then marked `truncated`.
 *
 * @param messageBytes - How many bytes of JSON its message takes, where that is known.
 */
export function fitEntry(entry: LogEntry, messageBytes?: number): FittedEntry {
  const usual = usualSize(entry, messageBytes ?? redactedSize(entry.message));
  if (usual !== undefined) return { entry, bytes: usual };
  let fitted = entry;
  let bytes = sizeOf(fitted);
  // One character can take six bytes of JSON: halve until it fits.
  for (let divisor = 1; bytes > maxEntryBytes; divisor *= 2) {
    fitted = { ...entry, truncated: true };
    for (const [field, share] of Object.entries(shares) as [keyof typeof shares, number][]) {
      const text = fitted[field];
      if (text !== undefined) fitted[field] = cutAt(text, Math.floor(share / divisor));
    }
    if (entry.plan) fitted.plan = cutPlan(entry.plan, divisor);
    if (divisor > 64) delete fitted.fields;
    bytes = sizeOf(fitted);
  }
  return { entry: fitted, bytes };
}

const sizeOf = (entry: LogEntry): number => Buffer.byteLength(JSON.stringify(entry));

/** The size of an entry without looking at its JSON, at least; undefined where it is to be measured. */
function usualSize(entry: LogEntry, messageBytes: number | undefined): number | undefined {
  if (entry.plan !== undefined) return undefined;
  if (entry.fields !== undefined && entry.event !== 'slow_statement') return undefined;
  const bytes =
    fixedBytes +
    (messageBytes ?? textBytes(entry.message)) +
    textBytes(entry.detail) +
    textBytes(entry.statement) +
    textBytes(entry.context) +
    textBytes(entry.hint) +
    textBytes(entry.internal_query) +
    textBytes(entry.backtrace) +
    textBytes(entry.location) +
    user(entry.user) +
    database(entry.database) +
    application(entry.application_name) +
    client(entry.client_addr) +
    backend(entry.backend_type);
  return bytes < maxEntryBytes ? bytes : undefined;
}

const [quote, backslash] = [34, 92] as const;

/** Texts that JSON writes as they are; testing longer ones is faster than looking at each character. */
const plain = /^[ !#-[\]-~]*$/;
const longerChars = 24;

/** Bytes of a text in JSON, at least. */
function textBytes(text: string | undefined): number {
  if (text === undefined) return 0;
  if (text.length > longerChars && plain.test(text)) return text.length;
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 32) bytes += 5;
    else if (code === quote || code === backslash) bytes++;
    // Two units of a pair are four bytes; a lone one is written as an escape.
    else if (code > 127) bytes += code < 0xd800 || code > 0xdfff ? 2 : 5;
  }
  return bytes;
}

/** Bytes of a name in JSON, at least. Most entries have the same one as the entry before. */
function nameBytes(): (name: string | undefined) => number {
  let last: string | undefined;
  let bytes = 0;
  return (name) => {
    if (name !== last) {
      bytes = textBytes(name);
      last = name;
    }
    return bytes;
  };
}
const [user, database, application] = [nameBytes(), nameBytes(), nameBytes()];
const [client, backend] = [nameBytes(), nameBytes()];

/** The first characters of a text; a surrogate pair is not torn apart. */
function cutAt(text: string, length: number): string {
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? length - 1 : length);
}

/** A plan with shorter texts, then without properties, then with fewer nodes. */
function cutPlan({ query, nodes }: LogPlan, divisor: number): LogPlan {
  const kept = divisor > 16 ? nodes.slice(0, Math.ceil(1600 / divisor)) : nodes;
  return {
    query: cutAt(query, Math.floor(shares.statement / divisor)),
    nodes: kept.map((node) => ({
      ...node,
      type: cutAt(node.type, 100),
      relation: node.relation && cutAt(node.relation, 200),
      index: node.index && cutAt(node.index, 200),
      properties:
        divisor > 8
          ? []
          : node.properties.map(({ name, value }) => ({
              name,
              value: cutAt(value, Math.floor(400 / divisor)),
            })),
    })),
    truncated: true,
  };
}
