import { type Observable, concat, concatMap, defer, forkJoin, map, of, take } from 'rxjs';
import type { ServerFacts } from '../../postgres/facts.ts';
import type { SectionSettings } from '../../schema/config.ts';
import type { Metric } from '../../schema/metric.ts';
import { section } from '../../schema/section.ts';
import { Increments } from '../increments.ts';
import { OidNames } from '../oidNames.ts';
import { parts } from '../parts.ts';
import { pgEventMetric } from '../pgEvent.ts';
import { polled } from '../polled.ts';
import { RelationNames } from '../relationNames.ts';
import { type ServerContext, serverSource } from '../source.ts';
import { timestampNow } from '../timestamp.ts';
import { withFacts } from '../withFacts.ts';
import { blockedEvent } from './blockedEvent.ts';
import { type Deadlocks, readDeadlocks } from './deadlocks.ts';
import { type LockReading, locksSql } from './lockRows.ts';
import { LongWaits } from './longWaits.ts';
import { pgLocksMetric } from './pgLocksMetric.ts';
import { readLocks } from './readLocks.ts';
import { type TreeContext, treeRows } from './treeRows.ts';

type Context = ServerContext<SectionSettings>;

/** Many may hold a lock that one awaits: each that is not in a tree is one. */
const MAX_TREES = 100;

/** What the source remembers between two ticks. */
interface Memory {
  readonly names: OidNames;
  readonly relations: RelationNames;
  readonly waits: LongWaits;
  readonly deadlocks: Increments;
}

/**
 * `pg_locks`: one metric per server and interval, and events of deadlocks and of waits of 30 s.
 *
 * The locks are read only while somebody waits for one. Names of relations come from pg_class, so that nothing of this
 * waits for the locks that it tells of.
 */
export const pgLocks = serverSource({
  type: 'pg_locks',
  scope: 'server',
  settings: section('who waits for whose lock; deadlocks', { default: 10 }, {}),
  rhythms: [{ key: 'interval', kind: 'vital', slowest: 10 }],
  metrics: [pgLocksMetric, pgEventMetric],
  read: (context) =>
    defer(() => {
      const memory: Memory = {
        names: new OidNames('pg_locks'),
        relations: new RelationNames('pg_locks'),
        waits: new LongWaits(),
        deadlocks: new Increments(),
      };
      return polled(context, { timeoutMs: 15_000 }, () => read(context, memory));
    }),
});

function read(context: Context, memory: Memory): Observable<readonly Metric[]> {
  const { privacy$, trouble } = context;
  return withFacts(context, (facts, own) => {
    const { server } = own;
    return privacy$.pipe(
      take(1),
      concatMap(({ redact }) =>
        forkJoin([
          server
            .query({
              name: 'pg_locks/waits',
              sql: locksSql(facts.has),
              lane: 'fast',
              timeoutMs: 1_000,
            })
            .pipe(
              map(readLocks),
              concatMap((reading) => concat(learn(own, memory, reading), of(reading))),
            ),
          readDeadlocks(server, facts.has, memory.deadlocks, trouble),
        ]).pipe(
          map(([reading, deadlocks]) =>
            metrics(server.name, facts, redact !== 'none', memory, reading, deadlocks),
          ),
        ),
      ),
    );
  });
}

/** The names that the metric needs. */
function learn(
  { server, trouble }: Context,
  { names, relations }: Memory,
  { waiters, involved }: LockReading,
): Observable<never> {
  const databases = [
    ...involved.map(({ datid }) => datid),
    ...waiters.map((each) => each.databaseOid),
  ];
  const roles = involved.map(({ usesysid }) => usesysid);
  const wanted = waiters.map(({ databaseOid, relationOid }) => ({ databaseOid, oid: relationOid }));
  return concat(
    names.learn(server, databases, roles, trouble),
    relations.learn(server, names, wanted, trouble),
  );
}

function metrics(
  server: string,
  facts: ServerFacts,
  redacts: boolean,
  { names, relations, waits }: Memory,
  reading: LockReading,
  deadlocks: Deadlocks | null,
): readonly Metric[] {
  const blocked = waits.update(reading);
  const context: TreeContext = {
    names,
    relations,
    secondsOf: (waiter) => waits.secondsOf(waiter),
    redacts,
    serverBytes: Number(facts.setting('track_activity_query_size') ?? 1024),
  };
  const seesAll = facts.role.monitor || facts.role.superuser;
  const trees = treeRows(reading, context);
  const seconds = reading.waiters.map((waiter) => waits.secondsOf(waiter) ?? 0);
  const metric: Metric = {
    type: 'pg_locks',
    timestamp: timestampNow(),
    server,
    waiting: seesAll ? reading.waiting : null,
    waiting_long: seesAll ? reading.waitingLong : null,
    longest_wait_seconds: seconds.length === 0 ? null : Math.max(...seconds),
    trees: seesAll ? trees.slice(0, MAX_TREES) : null,
    modes: reading.modes.length === 0 ? null : reading.modes.map((mode) => ({ ...mode })),
    deadlocks: deadlocks?.sum ?? null,
    deadlocks_by_database: deadlocks?.databases?.map((each) => ({ ...each })) ?? null,
    stats_epoch: deadlocks?.epoch ?? null,
    truncated: reading.waitingLong > reading.waiters.length || trees.length > MAX_TREES,
  };
  return [
    ...parts(metric, ['trees', 'deadlocks_by_database']),
    ...blocked.map((waiter) => blockedEvent(server, waiter, reading, context)),
    ...(deadlocks?.events ?? []),
  ];
}
