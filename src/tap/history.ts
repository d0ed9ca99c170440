import { asyncScheduler } from 'rxjs';
import type { Entry } from '../schema/journal.ts';
import { readMetric } from './readMetric.ts';

/** What an entry other than a metric counts for. */
const ENTRY_BYTES = 1_000;

interface Kept {
  readonly at: number;
  readonly bytes: number;
  readonly entry: () => Entry;
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
  let ring: Kept[] = [];
  let first = 0;
  let bytes = 0;
  return {
    keep: (entry) => {
      if (entry.at === 'source' || maxBytes === 0) return;
      const kept = { at: asyncScheduler.now(), ...slim(entry) };
      ring.push(kept);
      bytes += kept.bytes;
      while (bytes > maxBytes) bytes -= ring[first++]?.bytes ?? 0;
      if (first > 256 && first * 2 > ring.length) {
        ring = ring.slice(first);
        first = 0;
      }
    },
    since: (ms) => {
      const from = asyncScheduler.now() - ms;
      return ring
        .slice(first)
        .filter(({ at }) => at >= from)
        .map(({ entry }) => entry());
    },
  };
}

function slim(entry: Entry): Omit<Kept, 'at'> {
  if (entry.at !== 'validated') return { bytes: ENTRY_BYTES, entry: () => entry };
  const { line } = entry;
  return {
    bytes: line.bytes,
    entry: () => ({ at: 'validated', line, metric: line.late ?? readMetric(line.json) }),
  };
}
