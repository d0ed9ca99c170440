import {
  EMPTY,
  type Observable,
  catchError,
  concat,
  concatMap,
  defaultIfEmpty,
  defer,
  from,
  ignoreElements,
  map,
  take,
} from 'rxjs';
import { UnavailableError } from '../../errors.ts';
import { inTurns } from '../../operators/inTurns.ts';
import { steadyClock } from '../../operators/steadyClock.ts';
import type { Metric } from '../../schema/metric.ts';
import { polled } from '../polled.ts';
import { type ServerContext, serverSource } from '../source.ts';
import { timestampNow } from '../timestamp.ts';
import { wantedDatabases } from '../wantedDatabases.ts';
import { withFacts } from '../withFacts.ts';
import { databaseMetric } from './databaseMetric.ts';
import { readDatabaseSizes } from './databaseSizes.ts';
import { type Database, readDatabases } from './databases.ts';
import { type Memory, emptyMemory, isDue } from './memory.ts';
import { pgStatsMetric } from './pgStatsMetric.ts';
import { type PgStatsSettings, pgStatsSettings } from './pgStatsSettings.ts';
import { relationParts } from './relationParts.ts';
import { type Visit, visit } from './visit.ts';

type Context = ServerContext<PgStatsSettings>;

/** Time between two parts of a metric, in ms: writing one takes as long, so that few of them wait. */
const PART_MS = 10;

/** What the source remembers between two ticks. */
interface Memories {
  /** When the sizes of databases were last read. */
  sizesAt: number | null;
  readonly databases: Map<string, Memory>;
}

/**
 * `pg_stats`: one metric per database and interval; with `tables` and `indexes` once per `relations_interval`.
 *
 * The rows of all databases are one read on the slow lane. Databases whose relations are due are then visited one after
 * the other, for at most half the interval; those that remain are visited at the next tick. What fails in one database
 * is reported, and the others go on.
 */
export const pgStats = serverSource({
  type: 'pg_stats',
  scope: 'server',
  settings: pgStatsSettings,
  rhythms: [
    { key: 'interval', reads: ['databases'] },
    { key: 'relations_interval', reads: ['tables', 'indexes'], kind: 'relations' },
    { key: 'sizes_interval', reads: ['database_sizes', 'relation_sizes'], kind: 'sizes' },
  ],
  metrics: [pgStatsMetric],
  read: (context) =>
    defer(() => {
      const memories: Memories = { sizesAt: null, databases: new Map() };
      return polled(context, { timeoutMs: 120_000 }, (settings, dueAt) =>
        withFacts(context, ({ has }, own) => readServer(own, settings, dueAt, memories, has)),
      );
    }),
});

function readServer(
  context: Context,
  settings: PgStatsSettings,
  dueAt: number,
  memories: Memories,
  has: (need: string) => boolean,
): Observable<Metric> {
  const { server } = context;
  return server.settings$.pipe(
    take(1),
    concatMap((connection) => {
      const wanted = wantedDatabases(connection);
      return readDatabases(server, has, wanted).pipe(
        concatMap((databases) => {
          const timestamp = timestampNow();
          remember(memories, databases);
          return concat(
            databaseSizes(context, settings, dueAt, memories),
            metrics(context, settings, dueAt, { databases, timestamp, has, memories }),
            defer(() => complain(context, wanted.names, memories)),
          );
        }),
      );
    }),
  );
}

/** Forgets databases that are gone, welcomes new ones. */
function remember({ databases }: Memories, found: readonly Database[]): void {
  const names = new Set(found.map(({ name }) => name));
  for (const name of databases.keys()) if (!names.has(name)) databases.delete(name);
  for (const name of names) if (!databases.has(name)) databases.set(name, emptyMemory());
}

/** Reads the sizes of databases where due; emits nothing. */
function databaseSizes(
  { server, trouble }: Context,
  { sizes_interval }: PgStatsSettings,
  dueAt: number,
  memories: Memories,
): Observable<never> {
  if (!isDue(memories.sizesAt, dueAt, sizes_interval)) return EMPTY;
  memories.sizesAt = dueAt;
  return readDatabaseSizes(server, [...memories.databases.keys()]).pipe(
    map((sizes) => {
      const size_read_at = timestampNow();
      for (const [name, memory] of memories.databases) {
        const size_bytes = sizes.get(name) ?? null;
        if (size_bytes !== null) memory.size = { size_bytes, size_read_at };
      }
    }),
    catchError((error: unknown) => {
      trouble(error);
      return EMPTY;
    }),
    ignoreElements(),
  );
}

interface Reading {
  readonly databases: readonly Database[];
  readonly timestamp: string;
  readonly has: (need: string) => boolean;
  readonly memories: Memories;
}

/** The metrics of databases whose relations are not due; then, one by one, of those that are visited. */
function metrics(
  { server }: Context,
  settings: PgStatsSettings,
  dueAt: number,
  { databases, timestamp, has, memories }: Reading,
): Observable<Metric> {
  const visits = databases.map((database) => {
    const memory = memories.databases.get(database.name) ?? emptyMemory();
    return { server, has, settings, dueAt, database, memory };
  });
  const due = ({ memory }: Visit) => isDue(memory.relationsAt, dueAt, settings.relations_interval);
  const plain = ({ database, memory }: Visit) =>
    databaseMetric(server.name, timestamp, database, memory);
  return defer(() => {
    const spent = steadyClock();
    return concat(
      from(visits.filter((each) => !due(each)).map(plain)),
      from(visits.filter(due)).pipe(
        concatMap((each) =>
          (spent() < settings.interval * 500 ? visit(each) : EMPTY).pipe(
            map((found) => relationParts(plain(each), each, found)),
            defaultIfEmpty([plain(each)]),
            concatMap((metrics) => inTurns(metrics, PART_MS)),
          ),
        ),
      ),
    );
  });
}

/** Says in one sentence which databases are missing or cannot be read; emits nothing. */
function complain(
  { trouble, server }: Context,
  names: readonly string[],
  { databases }: Memories,
): Observable<never> {
  const problems = [
    ...names
      .filter((name) => !databases.has(name))
      .map((name) => `database "${name}" does not exist`),
    ...[...databases].flatMap(([name, { failure }]) =>
      failure === undefined ? [] : [`tables and indexes of database "${name}": ${failure}`],
    ),
  ];
  if (problems.length > 0) trouble(new UnavailableError(`${server.name}: ${problems.join('; ')}`));
  return EMPTY;
}
