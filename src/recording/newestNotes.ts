import { ReplayError } from '../errors.ts';
import type { Note } from './note.ts';

/** What is held: of one reply, and of all, in bytes. Larger ones are remembered by name alone. */
export const MAX_REPLY = 262_144;
const MAX_ALL = 1_048_576;
/** Streams that are remembered; the longest unseen goes first. */
const MAX_STREAMS = 5_000;

/** The newest of each stream: what a recording that begins now has to begin with. */
export interface NewestNotes {
  /** `last`: how many of the stream are held beside its first one; default: the newest alone. */
  readonly put: (note: Note, last?: number) => void;
  /** In the order in which they came. */
  readonly all: () => readonly Note[];
}

/**
 * Holds the newest note of each stream, within a bound. Where one is too large, an error stands for it: a replay asks for
 * it at its start, and is told why it is not there.
 */
export function newestNotes(): NewestNotes {
  const held = new Map<string, readonly Note[]>();
  let bytes = 0;
  const drop = (stream: string): readonly Note[] => {
    const notes = held.get(stream) ?? [];
    for (const note of notes) bytes -= note.bytes;
    held.delete(stream);
    return notes;
  };
  return {
    put: (note, last = 0) => {
      const before = drop(note.stream);
      const fits = note.bytes <= MAX_REPLY && bytes + note.bytes <= MAX_ALL;
      const newest = fits ? note : tooLarge(note);
      const [first, ...later] = last === 0 ? [] : before;
      const kept = later.slice(Math.max(0, later.length - last + 1));
      const notes = first ? [first, ...kept, newest] : [newest];
      for (const each of notes) bytes += each.bytes;
      held.set(note.stream, notes);
      if (held.size > MAX_STREAMS) drop(held.keys().next().value ?? '');
    },
    all: () => [...held.values()].flat().sort((a, b) => a.at - b.at),
  };
}

const tooLarge = ({ stream, at }: Note): Note => ({
  stream,
  at,
  kind: 'E',
  tookMs: 0,
  bytes: 0,
  error: new ReplayError(
    `the reply of ${stream} came before the recording began, and was too large to be kept until then`,
  ),
});
