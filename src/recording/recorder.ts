import { type Observable, asyncScheduler, defer, finalize, map, tap } from 'rxjs';
import type { Json } from '../schema/json.ts';
import type { Hidden } from './mask/hidden.ts';
import type { Recorded } from './recorded.ts';
import { recordError } from './recordedError.ts';

/** Watches ports and writes what passes; what is watched notices nothing. */
export interface Recorder {
  /** A request and its answer: one record when it ended, was answered with an error, or was given up. */
  readonly call: <T>(
    stream: string,
    source: Observable<T>,
    valueOf: (emitted: readonly T[]) => Json,
    options?: CallOptions,
  ) => Observable<T>;
  /** What comes unasked: one record each. */
  readonly push: <T>(
    stream: string,
    source: Observable<T>,
    valueOf: (emitted: T) => Json,
  ) => Observable<T>;
  /** One record of this moment. */
  readonly put: (stream: string, value: Json) => void;
}

export interface CallOptions {
  /** Whether an answer has several parts: then it is whole only when it completes. Default: false. */
  readonly inChunks?: boolean;
}

export interface RecorderOptions {
  readonly write: (record: Recorded) => void;
  /** ms since 1970. */
  readonly startedAt: number;
  readonly hidden: Hidden;
}

/** Makes records of what passes: relative times, every text masked. */
export function recorder({ write, startedAt, hidden }: RecorderOptions): Recorder {
  const now = (): number => Math.round(asyncScheduler.now() - startedAt);
  interface Content extends Pick<Recorded, 'kind' | 'tookMs'> {
    readonly value?: () => Json;
    readonly error?: unknown;
  }
  // A value that cannot be masked must neither be written nor break what is watched.
  const safely = (value: () => Json): Pick<Recorded, 'value' | 'error'> => {
    try {
      return { value: hidden.all(value()) };
    } catch {
      return { error: { name: 'Error', code: 'ERR_UNEXPECTED', message: 'cannot be recorded' } };
    }
  };
  const record = (t: number, stream: string, content: Content): void => {
    const { kind, value, tookMs, error } = content;
    write({
      t,
      ...(tookMs !== undefined && { tookMs: Math.max(0, tookMs) }),
      stream: hidden.text(stream),
      kind,
      ...(value !== undefined && safely(value)),
      ...(error !== undefined && { error: maskedError(error) }),
    });
  };
  const maskedError = (error: unknown): NonNullable<Recorded['error']> => {
    const { message, ...rest } = recordError(error);
    return { ...rest, message: hidden.ids(hidden.text(message)) };
  };
  function call<T>(
    stream: string,
    source: Observable<T>,
    valueOf: (emitted: readonly T[]) => Json,
    { inChunks = false }: CallOptions = {},
  ): Observable<T> {
    return defer(() => {
      const t = now();
      const emitted: T[] = [];
      let lastMs = 0;
      let ended = false;
      const end = (content: Omit<Content, 'tookMs'>, tookMs = now() - t): void => {
        ended = true;
        record(t, stream, { ...content, tookMs });
      };
      return source.pipe(
        tap({
          next: (value) => {
            emitted.push(value);
            lastMs = now() - t;
          },
          error: (error: unknown) => end({ kind: 'E', error }),
          complete: () => end({ kind: 'N', value: () => valueOf(emitted) }),
        }),
        finalize(() => {
          if (ended) return;
          if (emitted.length === 0) end({ kind: 'U' });
          // Who takes one answer and leaves has it whole.
          else if (!inChunks) end({ kind: 'N', value: () => valueOf(emitted) }, lastMs);
          else end({ kind: 'U', value: () => valueOf(emitted) }, lastMs);
        }),
      );
    });
  }
  function push<T>(
    stream: string,
    source: Observable<T>,
    valueOf: (emitted: T) => Json,
  ): Observable<T> {
    return source.pipe(
      tap({
        error: (error: unknown) => record(now(), stream, { kind: 'E', error }),
        complete: () => record(now(), stream, { kind: 'C' }),
      }),
      map((value) => {
        record(now(), stream, { kind: 'N', value: () => valueOf(value) });
        return value;
      }),
    );
  }
  const made: Recorder = {
    call,
    push,
    put: (stream, value) => record(now(), stream, { kind: 'N', value: () => value }),
  };
  return made;
}
