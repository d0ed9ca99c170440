import type { Json } from '../../schema/json.ts';
import type { Relation } from './relations.ts';

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
  sizes: ReadonlyMap<number, Size>;
  /** Since when each relation stands among the chosen, in ms. */
  chosenAt: ReadonlyMap<number, number>;
  /** What went wrong with its relations the last time. */
  failure: string | undefined;
}

export const emptyMemory = (): Memory => ({
  relationsAt: null,
  sizesAt: null,
  size: unread,
  sizes: new Map(),
  chosenAt: new Map(),
  failure: undefined,
});

/** Whether a read is due that was last made `at`; also where that is in the future: the clock was set back. */
export const isDue = (at: number | null, dueAt: number, intervalS: number): boolean =>
  at === null || dueAt >= at + intervalS * 1000 || dueAt < at;

/** How long a relation that was chosen stays chosen, in ms: a series of a few points serves nobody. */
const STAY_MS = 3_600_000;

/** Whether a relation stays chosen without another look. */
export const stays =
  ({ chosenAt }: Memory, now: number) =>
  (oid: number): boolean =>
    now - (chosenAt.get(oid) ?? -Infinity) < STAY_MS;

/** Notes the newest choice; sizes of what is no longer chosen are forgotten. */
export function noteChoice(memory: Memory, chosen: readonly Relation[], now: number): void {
  const stay = stays(memory, now);
  memory.chosenAt = new Map(
    chosen.map(({ oid }) => [oid, stay(oid) ? (memory.chosenAt.get(oid) ?? now) : now]),
  );
  memory.sizes = new Map([...memory.sizes].filter(([oid]) => memory.chosenAt.has(oid)));
}
