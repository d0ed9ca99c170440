import {
  EMPTY,
  type Observable,
  asyncScheduler,
  catchError,
  concatMap,
  defer,
  map,
  of,
  reduce,
  toArray,
} from 'rxjs';
import { messageOf } from '../../errors.ts';
import { int64 } from '../../postgres/values.ts';
import { isPassing } from '../isPassing.ts';
import type { MonitoredServer } from '../source.ts';
import { timestampNow } from '../timestamp.ts';
import type { Database } from './databases.ts';
import { type Memory, isDue, kept, noteChoice } from './memory.ts';
import type { PgStatsSettings } from './pgStatsSettings.ts';
import { readRelationSizes } from './relationSizes.ts';
import { type Relations, readRelations } from './relations.ts';

/** One visit to one database. */
export interface Visit {
  readonly server: MonitoredServer;
  readonly has: (need: string) => boolean;
  readonly settings: PgStatsSettings;
  readonly dueAt: number;
  readonly database: Database;
  readonly memory: Memory;
}

/** What a visit found; the sizes are in the memory. */
export interface Found {
  readonly tables: Relations;
  readonly indexes: Relations;
  /** Those whose sizes were to be read and are not, because another session locks them. */
  readonly skipped: ReadonlySet<number>;
}

/**
 * Reads tables and indexes of one database, and their sizes where due. Emits what it found, or nothing where they cannot
 * be read; why stands in `memory.failure`. Never errors.
 */
export function visit(visit: Visit): Observable<Found> {
  const { server, has, settings, dueAt, database, memory } = visit;
  return defer(() => {
    memory.relationsAt = dueAt;
    memory.failure = undefined;
    if (!database.connectable) {
      memory.failure = 'the role may not connect to it (GRANT CONNECT ON DATABASE)';
      return EMPTY;
    }
    const now = asyncScheduler.now();
    return readRelations(server, has, database.name, settings, kept(memory, now)).pipe(
      toArray(),
      concatMap(([tables, indexes]) => {
        if (!tables || !indexes) return EMPTY;
        noteChoice(memory, { tables, indexes }, now);
        return sizes(visit, [...tables.oids, ...indexes.oids]).pipe(
          map((skipped) => ({ tables, indexes, skipped })),
        );
      }),
    );
  }).pipe(
    catchError((error: unknown) => {
      noteFailure(memory, error);
      return EMPTY;
    }),
  );
}

/** Reads the sizes where they are due; emits those that were skipped, once. A failure leaves the older sizes standing. */
function sizes(
  { server, settings, dueAt, database, memory }: Visit,
  oids: readonly number[],
): Observable<ReadonlySet<number>> {
  const none = new Set<number>();
  if (!isDue(memory.sizesAt, dueAt, settings.sizes_interval)) return of(none);
  memory.sizesAt = dueAt;
  return readRelationSizes(server, database.name, oids).pipe(
    reduce((all, { rows, skipped }) => {
      const size_read_at = timestampNow();
      for (const [oid, bytes = null] of rows) {
        memory.sizes.set(Number(oid), { size_bytes: int64(bytes), size_read_at });
      }
      for (const oid of skipped) all.add(oid);
      return all;
    }, new Set<number>()),
    catchError((error: unknown) => {
      noteFailure(memory, error);
      return of(none);
    }),
  );
}

function noteFailure(memory: Memory, error: unknown): void {
  if (isPassing(error)) {
    memory.relationsAt = null;
    return;
  }
  memory.failure = messageOf(error);
}
