import type { Json } from '../../src/schema/json.ts';
import type { Entry } from '../../src/schema/journal.ts';

/** What happened at a moment: `t` in ms since the start, `at` the stage. */
export type GoldenLine = Readonly<Record<string, unknown>> & {
  readonly t: number;
  readonly at: Entry['at'];
};

/** The journal as lines for people: each metric once and whole, of payloads and attempts what is decided about them. */
export const goldenLines = (
  noted: readonly { readonly t: number; readonly entry: Entry }[],
): readonly GoldenLine[] => noted.flatMap(({ t, entry }) => line(t, entry));

function line(t: number, entry: Entry): GoldenLine[] {
  const { at } = entry;
  switch (entry.at) {
    // A metric stands in the line of its validation, or of its drop; that a read ended is told by what it gave.
    case 'polled':
    case 'source':
    case 'spooled':
      return [];
    case 'validated': {
      const metric = JSON.parse(entry.line.json) as Json;
      return [{ t, at, unit: entry.line.unit, metric }];
    }
    case 'batched': {
      const { id, counts, marks } = entry.header;
      return [{ t, at, id, counts, marks }];
    }
    case 'sent':
    case 'acked': {
      const { header, attempt, status, tookMs, verdict } = entry.receipt;
      return [{ t, at, id: header.id, attempt, status, tookMs, verdict }];
    }
    case 'set_aside':
      return [{ t, at, id: entry.header.id, reason: entry.reason }];
    default:
      return [{ t, ...entry }];
  }
}
