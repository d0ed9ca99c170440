import { type Observable, asyncScheduler, catchError, concatMap, defer, map, of, tap } from 'rxjs';
import { UnavailableError, messageOf } from '../../errors.ts';
import type { Json } from '../../schema/json.ts';
import type { ServerContext } from '../source.ts';
import { withFacts } from '../withFacts.ts';
import { type BuffersPlace, findBuffers, readBuffers } from './buffers.ts';

/** What is known of the buffers: fields of the metric. */
export interface Buffers {
  readonly buffers: Json;
  readonly usage_counts: Json;
  readonly buffers_unavailable: string | null;
}

/** What is remembered of them between two ticks. */
export interface BuffersMemory {
  place: BuffersPlace | undefined;
  newest: Buffers;
  /** When the buffers are read, or the extension looked for, next; ms since 1970. */
  nextAt: number;
}

/** How often a missing extension is looked for, in ms. */
const LOOK_MS = 3_600_000;

const unavailable = (reason: string): Buffers => ({
  buffers: null,
  usage_counts: null,
  buffers_unavailable: reason,
});

/** Nothing is known yet. */
export const unknownBuffers = (): BuffersMemory => ({
  place: undefined,
  newest: unavailable('not looked at yet'),
  nextAt: -Infinity,
});

export interface LookOptions {
  readonly dueAt: number;
  readonly buffers_interval: number;
  /** The maintenance database, where the extension is looked for first. */
  readonly database: string;
  readonly others: readonly string[];
}

/** The buffers, read where that is due, or why they cannot be read. Never errors. */
export function lookAtBuffers(
  context: Pick<ServerContext<never>, 'server' | 'trouble'>,
  memory: BuffersMemory,
  { dueAt, buffers_interval, database, others }: LookOptions,
): Observable<Buffers> {
  // Further ahead than anything is put off: the clock was set back.
  const isSetBack = memory.nextAt - dueAt > Math.max(buffers_interval * 1000, LOOK_MS);
  if (dueAt < memory.nextAt && !isSetBack) return of(memory.newest);
  memory.nextAt = dueAt + buffers_interval * 1000;
  return withFacts(context, ({ versionNum }, { server }) => {
    if (versionNum < 160_000) throw new UnavailableError('needs PostgreSQL 16 or later');
    const place$ = memory.place
      ? of(memory.place)
      : defer(() => findBuffers(server, database, others));
    return place$.pipe(
      tap((place) => (memory.place = place)),
      concatMap((place) => readBuffers(server, place)),
    );
  }).pipe(
    map((read): Buffers => ({ ...read, buffers_unavailable: null })),
    catchError((error: unknown) => {
      memory.place = undefined;
      if (error instanceof UnavailableError) memory.nextAt = asyncScheduler.now() + LOOK_MS;
      else context.trouble(error);
      return of(unavailable(messageOf(error)));
    }),
    tap((buffers) => (memory.newest = buffers)),
  );
}
