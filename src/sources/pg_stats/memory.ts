import type { Json } from '../../schema/json.ts';
import type { Relations } from './relations.ts';

/** A size and when it was read. */
export interface Size {
  readonly size_bytes: Json;
  readonly size_read_at: string | null;
}

export const unread: Size = { size_bytes: null, size_read_at: null };

/** What is remembered of one database between two reads. */
export interface Memory {
  /** When its relations were last read or tried, by the clock's due times; null before. */
  relationsAt: number | null;
  /** When their sizes were. */
  sizesAt: number | null;
  size: Size;
  /** The sizes of its relations, by oid. */
  readonly sizes: Map<number, Size>;
  /** Since when each table and each index stands among the chosen, in ms, by oid; empty where all are. */
  readonly chosenAt: Readonly<Record<'tables' | 'indexes', Map<number, number>>>;
  /** What went wrong with its relations the last time. */
  failure: string | undefined;
}

export const emptyMemory = (): Memory => ({
  relationsAt: null,
  sizesAt: null,
  size: unread,
  sizes: new Map(),
  chosenAt: { tables: new Map(), indexes: new Map() },
  failure: undefined,
});

/** Whether a read is due that was last made `at`; also where that is in the future: the clock was set back. */
export const isDue = (at: number | null, dueAt: number, intervalS: number): boolean =>
  at === null || dueAt >= at + intervalS * 1000 || dueAt < at;

/** How long a relation that was chosen stays chosen, in ms: a series of a few points serves nobody. */
const STAY_MS = 3_600_000;

type Chosen = Memory['chosenAt'];

/** The relations that stay chosen without another look. */
export const kept = ({ chosenAt }: Memory, now: number): Record<keyof Chosen, number[]> => ({
  tables: lately(chosenAt.tables, now),
  indexes: lately(chosenAt.indexes, now),
});

const lately = (chosenAt: ReadonlyMap<number, number>, now: number): number[] =>
  [...chosenAt].flatMap(([oid, at]) => (now - at < STAY_MS ? [oid] : []));

/** Notes the newest choice; sizes of what is no longer chosen are forgotten. */
export function noteChoice(
  { chosenAt, sizes }: Memory,
  chosen: Readonly<Record<keyof Chosen, Relations>>,
  now: number,
): void {
  const { tables, indexes } = chosen;
  noteTimes(chosenAt.tables, tables, now);
  noteTimes(chosenAt.indexes, indexes, now);
  if (sizes.size <= tables.oids.length + indexes.oids.length) return;
  const staying = new Set([...tables.oids, ...indexes.oids]);
  for (const oid of sizes.keys()) if (!staying.has(oid)) sizes.delete(oid);
}

function noteTimes(chosenAt: Map<number, number>, { oids, total }: Relations, now: number): void {
  const before = new Map(chosenAt);
  chosenAt.clear();
  if (oids.length >= total) return;
  for (const oid of oids) {
    const at = before.get(oid) ?? now;
    chosenAt.set(oid, now - at < STAY_MS ? at : now);
  }
}
