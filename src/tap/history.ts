import { asyncScheduler } from 'rxjs';
import type { Entry } from '../schema/journal.ts';
import type { Line } from '../schema/payload.ts';
import { readMetric } from './readMetric.ts';

/** What an entry other than a metric counts for. */
const ENTRY_BYTES = 1_000;

/** A metric by its line alone, anything else whole. */
interface Kept {
  readonly at: number;
  readonly bytes: number;
  readonly what: Line | Entry;
}

/** The newest entries of the journal, bounded in bytes. */
export interface History {
  readonly keep: (entry: Entry) => void;
  /** What came in the last so many ms, oldest first. */
  readonly since: (ms: number) => Entry[];
}

/**
 * Remembers the newest entries up to about `maxBytes`; the oldest go. Of metrics it keeps the text alone, or the object
 * alone where the text is late, and each once: as it was validated, not as it was read.
 */
export function history(maxBytes: number): History {
  let ring: (Kept | undefined)[] = [];
  let first = 0;
  let bytes = 0;
  const dropOldest = (): void => {
    bytes -= ring[first]?.bytes ?? 0;
    // The place stays until the ring is cut; what stood there must not.
    ring[first++] = undefined;
  };
  return {
    keep: (entry) => {
      if (entry.at === 'source' || maxBytes === 0) return;
      const what = entry.at === 'validated' ? entry.line : entry;
      const kept = { at: asyncScheduler.now(), bytes: bytesOf(what), what };
      ring.push(kept);
      bytes += kept.bytes;
      while (bytes > maxBytes) dropOldest();
      if (first > 256 && first * 2 > ring.length) {
        ring = ring.slice(first);
        first = 0;
      }
    },
    since: (ms) => {
      const from = asyncScheduler.now() - ms;
      return ring.flatMap((kept) => (kept && kept.at >= from ? [entryOf(kept.what)] : []));
    },
  };
}

const bytesOf = (what: Line | Entry): number => ('json' in what ? what.bytes : ENTRY_BYTES);

const entryOf = (what: Line | Entry): Entry =>
  'json' in what
    ? { at: 'validated', line: what, metric: what.late ?? readMetric(what.json) }
    : what;
