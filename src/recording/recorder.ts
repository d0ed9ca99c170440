import { Observable, asyncScheduler, defer, finalize, tap } from 'rxjs';
import type { Json } from '../schema/json.ts';
import type { ConfigMasks } from './mask/maskConfig.ts';
import { type NewestNotes, MAX_REPLY, newestNotes } from './newestNotes.ts';
import { type LazyRecord, type Note, lazyRecord } from './note.ts';
import { weight } from './weight.ts';

/** A recording that is asked for. */
export interface Tape {
  /** The moment from which `t` counts, ms since 1970; the header says the same. */
  readonly startedAt: number;
  readonly masks: ConfigMasks;
}

/** Watches ports; what is watched notices nothing. */
export interface Recorder {
  /** A request and its answer: one record when it ended, was answered with an error, or was given up. */
  readonly call: <T>(
    stream: string,
    source: Observable<T>,
    valueOf: (emitted: readonly T[], masks: ConfigMasks) => Json,
    options?: CallOptions,
  ) => Observable<T>;
  /** What comes unasked: one record each. */
  readonly push: <T>(
    stream: string,
    source: Observable<T>,
    valueOf: (emitted: T, masks: ConfigMasks) => Json,
    options?: PushOptions<T>,
  ) => Observable<T>;
  /** One record of this moment. `state`: it holds until the next one. */
  readonly put: (stream: string, value: Json, state?: 'state') => void;
  /** The answer that the next request of a stream would get; no record. */
  readonly know: (stream: string, value: (masks: ConfigMasks) => Json) => void;
  /**
   * Emits what is known at the subscription, as of that moment, and what comes from then on, until it is unsubscribed.
   *
   *     known     a b
   *     came      ---c---d--
   *     result    (ab)c---d--
   */
  readonly records: (tape: Tape) => Observable<LazyRecord>;
}

export interface CallOptions {
  /** Whether an answer has several parts: then it is whole only when it completes. Default: false. */
  readonly inChunks?: boolean;
}

export interface PushOptions<T> {
  /** The first and so many of the last are where a later recording begins. Default: none. */
  readonly last?: number;
  /** A copy of what is good only until the next comes. Default: the same. */
  readonly copyOf?: (emitted: T) => T;
}

/** Makes records of what passes for each tape, and where there is none, holds what a tape would begin with. */
export function recorder(newest: NewestNotes = newestNotes()): Recorder {
  const tapes = new Set<(note: Note) => void>();
  const now = (): number => asyncScheduler.now();
  const give = (note: Note, to: Iterable<(note: Note) => void> = tapes): void => {
    for (const write of to) if (tapes.has(write)) write(note);
  };

  function call<T>(
    stream: string,
    source: Observable<T>,
    valueOf: (emitted: readonly T[], masks: ConfigMasks) => Json,
    { inChunks = false }: CallOptions = {},
  ): Observable<T> {
    return defer(() => {
      const at = now();
      // Whoever came later gets the next answer: a replay counts requests.
      const witnesses = tapes.size > 0 ? [...tapes] : [];
      const limit = witnesses.length > 0 ? Infinity : MAX_REPLY;
      let emitted: T[] = [];
      let bytes = 0;
      let lastMs = 0;
      let ended = false;
      const end = (content: Pick<Note, 'kind' | 'value' | 'error'>, tookMs = now() - at): void => {
        ended = true;
        const note = { stream, at, tookMs, bytes, ...content };
        give(note, witnesses);
        if (content.kind !== 'U') newest.put(note);
      };
      const value = (masks: ConfigMasks): Json => valueOf(emitted, masks);
      return source.pipe(
        tap({
          next: (each) => {
            lastMs = now() - at;
            if (bytes > limit) return;
            bytes += weight(each, limit);
            if (bytes > limit) emitted = [];
            else emitted.push(each);
          },
          error: (error: unknown) => end({ kind: 'E', error }),
          complete: () => end({ kind: 'N', value }),
        }),
        finalize(() => {
          if (ended) return;
          if (bytes === 0) end({ kind: 'U' });
          // Who takes one answer and leaves has it whole.
          else if (!inChunks) end({ kind: 'N', value }, lastMs);
          else end({ kind: 'U', value }, lastMs);
        }),
      );
    });
  }

  function push<T>(
    stream: string,
    source: Observable<T>,
    valueOf: (emitted: T, masks: ConfigMasks) => Json,
    { last = 0, copyOf = (emitted) => emitted }: PushOptions<T> = {},
  ): Observable<T> {
    return source.pipe(
      tap({
        next: (value) => {
          if (tapes.size === 0 && last === 0) return;
          const own = copyOf(value);
          const bytes = weight(own);
          const note: Note = {
            stream,
            at: now(),
            kind: 'N',
            bytes,
            value: (masks) => valueOf(own, masks),
          };
          give(note);
          if (last > 0) newest.put(note, last);
        },
        error: (error: unknown) => give({ stream, at: now(), kind: 'E', bytes: 100, error }),
        complete: () => give({ stream, at: now(), kind: 'C', bytes: 100 }),
      }),
    );
  }

  function records({ startedAt, masks }: Tape): Observable<LazyRecord> {
    return new Observable((subscriber) => {
      const write = (note: Note): void => subscriber.next(lazyRecord(note, startedAt, masks));
      for (const note of newest.all()) write(note);
      tapes.add(write);
      return () => tapes.delete(write);
    });
  }

  const made: Recorder = {
    call,
    push,
    put: (stream, value, state) => {
      const note: Note = { stream, at: now(), kind: 'N', bytes: weight(value), value: () => value };
      give(note);
      if (state) newest.put(note);
    },
    know: (stream, value) => {
      newest.put({ stream, at: now(), kind: 'N', tookMs: 0, bytes: 1_000, value });
    },
    records,
  };
  return made;
}
