import type { Json } from '../schema/json.ts';
import type { ConfigMasks } from './mask/maskConfig.ts';
import type { Recorded } from './recorded.ts';
import { recordError } from './recordedError.ts';

/** Something that came in at a port, as it came: what of it may be written is decided for each recording. */
export interface Note {
  readonly stream: string;
  /** When it was asked for, or came, ms since 1970. */
  readonly at: number;
  readonly kind: Recorded['kind'];
  readonly tookMs?: number;
  readonly value?: (masks: ConfigMasks) => Json;
  readonly error?: unknown;
  /** What it holds in memory, about. */
  readonly bytes: number;
}

/** A record that is made, and masked, when it is asked for. */
export interface LazyRecord {
  /** About how long it will be. */
  readonly bytes: number;
  readonly make: () => Recorded;
}

/** The record of a note, every text masked. `t` in ms since the recording began; what came before it counts as its start. */
export const lazyRecord = (note: Note, startedAt: number, masks: ConfigMasks): LazyRecord => ({
  bytes: note.bytes,
  make: () => {
    const { hidden } = masks;
    const { stream, at, kind, tookMs, value, error } = note;
    return {
      t: Math.max(0, Math.round(at - startedAt)),
      ...(tookMs !== undefined && { tookMs: Math.max(0, Math.round(tookMs)) }),
      stream: hidden.text(stream),
      kind,
      ...(value && safely(value, masks)),
      ...(error !== undefined && { error: maskedError(error, masks) }),
    };
  },
});

/** A value that cannot be masked must neither be written nor break what is watched. */
function safely(value: NonNullable<Note['value']>, masks: ConfigMasks) {
  try {
    return { value: masks.hidden.all(value(masks)) };
  } catch {
    return { error: { name: 'Error', code: 'ERR_UNEXPECTED', message: 'cannot be recorded' } };
  }
}

function maskedError(error: unknown, { hidden }: ConfigMasks): NonNullable<Recorded['error']> {
  const { message, ...rest } = recordError(error);
  return { ...rest, message: hidden.ids(hidden.text(message)) };
}
