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
import type { Json } from '../../schema/json.ts';
import { isPassing } from '../isPassing.ts';
import type { MonitoredServer } from '../source.ts';
import { timestampNow } from '../timestamp.ts';
import type { Database } from './databases.ts';
import { type Memory, type Size, isDue, kept, noteChoice } from './memory.ts';
import type { PgStatsSettings } from './pgStatsSettings.ts';
import { relationFields } from './relationFields.ts';
import { readRelationSizes } from './relationSizes.ts';
import { type Relation, type Relations, readRelations } from './relations.ts';

/** One visit to one database. */
export interface Visit {
  readonly server: MonitoredServer;
  readonly has: (need: string) => boolean;
  readonly settings: PgStatsSettings;
  readonly dueAt: number;
  readonly database: Database;
  readonly memory: Memory;
}

/**
 * Reads tables and indexes of one database, and their sizes where due. Emits the fields that they add to the metric,
 * or nothing where they cannot be read; why stands in `memory.failure`. Never errors.
 */
export function visit(visit: Visit): Observable<Readonly<Record<string, Json>>> {
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
      concatMap(([tables = none, indexes = none]) => {
        noteChoice(memory, { tables: tables.chosen, indexes: indexes.chosen }, now);
        return sizes(visit, [...tables.chosen, ...indexes.chosen]).pipe(
          map((skipped) => relationFields(database, memory, tables, indexes, skipped)),
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

const none: Relations = { chosen: [], total: 0 };

/** Reads the sizes where they are due; emits those that were skipped, once. A failure leaves the older sizes standing. */
function sizes(
  { server, settings, dueAt, database, memory }: Visit,
  chosen: readonly Relation[],
): Observable<readonly Relation[]> {
  if (!isDue(memory.sizesAt, dueAt, settings.sizes_interval)) return of([]);
  memory.sizesAt = dueAt;
  const oids = chosen.map(({ oid }) => oid);
  return readRelationSizes(server, database.name, oids).pipe(
    map(({ rows, skipped }) => {
      const size_read_at = timestampNow();
      const read = new Map<number, Size>(memory.sizes);
      for (const [oid, bytes = null] of rows) {
        read.set(Number(oid), { size_bytes: int64(bytes), size_read_at });
      }
      memory.sizes = read;
      return skipped;
    }),
    reduce((all, some) => all.concat(some), [] as number[]),
    map((skipped) => {
      const locked = new Set(skipped);
      return chosen.filter(({ oid }) => locked.has(oid));
    }),
    catchError((error: unknown) => {
      noteFailure(memory, error);
      return of([]);
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
