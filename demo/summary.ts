import type { Received } from '../dev/backend/received.ts';
import { bytes, plain } from '../src/tap/quantity.ts';

/** The agent's final books, as its log says them. */
export interface FinalBooks {
  readonly collected: number;
  readonly delivered: number;
  readonly dropped: number;
}

/** Reads `collected 12, …, delivered 12, …, dropped 0`. */
export function booksOf(text: string): FinalBooks {
  const count = (word: string): number =>
    Number(new RegExp(`\\b${word} (\\d+)`).exec(text)?.[1] ?? Number.NaN);
  return {
    collected: count('collected'),
    delivered: count('delivered'),
    dropped: count('dropped'),
  };
}

export interface SummaryOptions {
  readonly books: FinalBooks;
  /** Versions of the configuration that took effect. */
  readonly versions: ReadonlySet<string>;
  readonly received: Received;
}

/** One screen: what came, by type, and whether anything is missing: what the agent read against what the backend has. */
export function summary({ books, versions, received }: SummaryOptions): {
  readonly lost: number;
  readonly text: string;
} {
  const { pushes, metrics, bytes: wire, rawBytes } = received.totals;
  const lost = books.collected - metrics;
  const types = [...received.counts].sort(([a], [b]) => a.localeCompare(b));
  const pulled = versions.size === 0 ? 'none' : `version ${[...versions].join(', ')}`;
  const rows: (readonly [string, string])[] = [
    ...types.map(([type, count]) => [`  ${type}`, plain(count)] as const),
    ['metrics', `${plain(books.collected)} read, ${plain(metrics)} stored by the backend`],
    ['pushes', plain(pushes)],
    ['bytes', `${bytes(rawBytes)} raw, ${bytes(wire)} compressed`],
    ['breaking their schema', plain(received.violations.length)],
    ['configurations pulled', pulled],
    ['lost', plain(lost)],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return { lost, text: rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n') };
}
