import { type Observable, concat, concatMap, defer, map, of } from 'rxjs';
import type { SectionSettings } from '../../schema/config.ts';
import type { Json } from '../../schema/json.ts';
import type { Metric } from '../../schema/metric.ts';
import { section } from '../../schema/section.ts';
import { OidNames } from '../oidNames.ts';
import { parts } from '../parts.ts';
import { polled } from '../polled.ts';
import { type ServerContext, serverSource } from '../source.ts';
import { timestampNow } from '../timestamp.ts';
import { withFacts } from '../withFacts.ts';
import { readConflicts } from './conflicts.ts';
import { pgReplicationMetric } from './pgReplicationMetric.ts';
import { type ReplicationState, replicationState } from './state.ts';

type Context = ServerContext<SectionSettings>;

/** Rows of `wal_keepers`. */
const MAX_KEEPERS = 20;

/** `pg_replication`: one metric per server and interval; one read on the fast lane, on a standby one more. */
export const pgReplication = serverSource({
  type: 'pg_replication',
  scope: 'server',
  settings: section(
    'senders, receivers, slots, subscriptions; why WAL is kept',
    { default: 10 },
    {},
  ),
  rhythms: [{ key: 'interval', kind: 'vital', slowest: 30 }],
  metrics: [pgReplicationMetric],
  read: (context) =>
    defer(() => {
      const names = new OidNames('pg_replication');
      return polled(context, { timeoutMs: 15_000 }, () => read(context, names));
    }),
});

function read(context: Context, names: OidNames): Observable<readonly Metric[]> {
  return withFacts(context, (facts, { server, trouble }) => {
    const { sql, read: readRow } = replicationState(facts);
    return server.query({ name: 'pg_replication/state', sql, lane: 'fast', timeoutMs: 1_000 }).pipe(
      concatMap(([row = []]) => {
        const state = readRow(row);
        const databases = state.slots.map(({ database }) => database as string | null);
        const conflicts$ = state.inRecovery ? readConflicts(server, facts.has, trouble) : of(null);
        return concat(
          names.learn(server, databases, [], trouble),
          conflicts$.pipe(map((conflicts) => metricsOf(server.name, state, conflicts, names))),
        );
      }),
    );
  });
}

function metricsOf(
  server: string,
  state: ReplicationState,
  conflicts: Json,
  names: OidNames,
): readonly Metric[] {
  const { keepers } = state;
  const slots = state.slots.map((slot) => {
    // What the slot names by oid.
    slot['database'] = names.database(slot['database'] as string | null);
    return slot;
  });
  const metric: Metric = {
    type: 'pg_replication',
    timestamp: timestampNow(),
    server,
    in_recovery: state.inRecovery,
    wal_position: state.position,
    stats_epoch: state.epoch,
    senders: state.senders,
    standby: state.standby,
    slots,
    subscriptions: state.subscriptions,
    conflicts,
    wal_kept_by: keepers[0]?.by ?? null,
    wal_kept_bytes: keepers[0]?.bytes ?? null,
    wal_keepers: keepers.slice(0, MAX_KEEPERS),
    wal_archive_failing: state.archiveFailing,
    truncated: keepers.length > MAX_KEEPERS,
    total: keepers.length,
  };
  return parts(metric, ['senders', 'slots', 'subscriptions', 'conflicts']);
}
