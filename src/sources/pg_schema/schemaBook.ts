import { createHash } from 'node:crypto';
import type { Row } from '../../ports/server.ts';
import type { PgEvent } from '../pgEvent.ts';
import { kindOf } from './definition.ts';
import { identityWidth } from './schemaSql.ts';

/** The parts of a definition, in the order of the columns of `definitionsSql`. */
const parts = [
  'properties',
  'columns',
  'constraints',
  'indexes',
  'triggers',
  'definition',
] as const;

/** One relation that is not as it was. */
export interface SchemaChange {
  /** `table public.orders` */
  readonly object: string;
  /** `was created` */
  readonly words: string;
}

/** What is remembered of one relation. */
interface Entry {
  /** `table public.orders` */
  readonly label: string;
  readonly name: string;
  /** One digest per part, 8 characters each, in a row. */
  readonly digests: string;
}

/** Length of a digest: chance hides one change in 2^48. */
const DIGEST = 8;

/** Events of one reading; more are summed up in one. */
const MAX_EVENTS = 50;

/** What one reading found. */
export interface ReadDefinitions {
  /** All relations that are followed. */
  readonly followed: ReadonlySet<number>;
  /** Those of them that could not be read: nothing is known of them. */
  readonly skipped: readonly number[];
  /** Whether all that there are are followed. */
  readonly complete: boolean;
}

/**
 * The definitions of one database as digests: tells what changed from one reading to the next. A reading counts when it is
 * closed: one that failed halfway changes nothing.
 */
export class SchemaBook {
  readonly #entries = new Map<number, Entry>();
  readonly #read = new Map<number, Entry>();
  /** Relations of which it is not known since when they are there. */
  #unknown: ReadonlySet<number> = new Set();
  #complete = true;

  /** When everything was sent; null before. */
  wholeAt: number | null = null;

  has = (oid: number): boolean => this.#entries.has(oid);

  /** Begins a reading that follows at most `max` relations; where fewer than before, everything begins anew. */
  open(max = Infinity): void {
    this.#read.clear();
    if (this.#entries.size <= max) return;
    this.#entries.clear();
    this.wholeAt = null;
  }

  /** Notes a row of `definitionsSql`; whether it is new or another than before. */
  note(row: Row): boolean {
    const oid = Number(row[0]);
    const name = `${row[1] ?? ''}.${row[2] ?? ''}`;
    const label = `${kindOf(row).replaceAll('_', ' ')} ${name}`;
    const digests = parts.map((_, index) => digestOf(row[identityWidth + index] ?? null)).join('');
    const before = this.#entries.get(oid);
    if (before?.label === label && before.digests === digests) return false;
    this.#read.set(oid, { label, name, digests });
    return true;
  }

  /** Ends a reading: what changed since the one before, and the names of what is gone. */
  close({ followed, skipped, complete }: ReadDefinitions): {
    readonly changes: readonly SchemaChange[];
    readonly dropped: readonly string[];
  } {
    const changes: SchemaChange[] = [];
    const dropped: string[] = [];
    for (const [oid, entry] of this.#read) {
      const before = this.#entries.get(oid);
      this.#entries.set(oid, entry);
      if (before) changes.push({ object: entry.label, words: difference(before, entry) });
      else if (this.#complete && !this.#unknown.has(oid)) {
        changes.push({ object: entry.label, words: 'was created' });
      }
    }
    this.#read.clear();
    for (const [oid, { name, label }] of this.#entries) {
      if (followed.has(oid)) continue;
      this.#entries.delete(oid);
      dropped.push(name);
      changes.push({ object: label, words: 'was dropped' });
    }
    this.#unknown = new Set(skipped.filter((oid) => !this.#entries.has(oid)));
    this.#complete = complete;
    return { changes, dropped };
  }
}

function difference(before: Entry, now: Entry): string {
  if (before.label !== now.label) return `was ${before.label}`;
  const changed = parts.filter(
    (_, index) => partOf(now.digests, index) !== partOf(before.digests, index),
  );
  return `has other ${changed.join(', ')}`;
}

/** Changes as events. */
export function changeEvents(
  server: string,
  database: string,
  changes: readonly SchemaChange[],
): readonly PgEvent[] {
  const event = 'definition_changed';
  if (changes.length > MAX_EVENTS) {
    const message = `${changes.length} definitions were changed in database ${database}`;
    return [{ server, database, event, count: changes.length, message }];
  }
  return changes.map(({ object, words }) => ({
    server,
    database,
    event,
    object,
    message: `${object} ${words}, in database ${database}`,
  }));
}

const partOf = (digests: string, index: number): string =>
  digests.slice(index * DIGEST, (index + 1) * DIGEST);

const digestOf = (text: string | null): string =>
  text === null
    ? '-'.repeat(DIGEST)
    : createHash('sha256').update(text).digest('base64').slice(0, DIGEST);
