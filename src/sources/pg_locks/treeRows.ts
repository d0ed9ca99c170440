import type { Json } from '../../schema/json.ts';
import { float } from '../../postgres/values.ts';
import { cutText } from '../cutText.ts';
import type { OidNames } from '../oidNames.ts';
import type { RelationNames } from '../relationNames.ts';
import type { Involved, LockReading, Waiter } from './lockRows.ts';
import { type LockTree, lockTrees } from './lockTrees.ts';

export interface TreeContext {
  readonly names: OidNames;
  readonly relations: RelationNames;
  /** How long a waiter has waited, in s. */
  readonly secondsOf: (waiter: Waiter) => number | null;
  readonly redacts: boolean;
  /** `track_activity_query_size`. */
  readonly serverBytes: number;
}

/** Others in the way of one that are listed. */
const MAX_BLOCKERS = 20;

/** `pg_locks.trees` of a reading. */
export function treeRows(reading: LockReading, context: TreeContext): Json[] {
  const waiters = new Map(reading.waiters.map((waiter) => [waiter.pid, waiter]));
  const involved = new Map(reading.involved.map((each) => [each.pid, each]));
  return lockTrees(reading.waiters).map((tree) => {
    const waits = tree.flatMap(({ pid }) => {
      const waiter = waiters.get(pid);
      return waiter ? [context.secondsOf(waiter) ?? 0] : [];
    });
    return {
      root_pid: pidOf(tree[0]?.pid ?? 0),
      waiting: tree.length - 1,
      longest_wait_seconds: waits.length === 0 ? null : Math.max(...waits),
      sessions: tree.map(({ pid, depth }) => {
        const waiter = waiters.get(pid);
        const who = involved.get(pid);
        return Object.assign(
          {
            pid: pidOf(pid),
            prepared_transaction: pid === 0 ? gidOf(tree, waiters, reading) : null,
            depth,
            blocked_by: (waiter?.blockers ?? []).slice(0, MAX_BLOCKERS).map(pidOf),
            held: heldBy(pid, tree, waiters, reading),
            awaits: waiter ? awaits(waiter, context) : null,
          },
          sessionFields(who, context),
        );
      }),
    };
  });
}

const pidOf = (pid: number): number | null => (pid === 0 ? null : pid);

/** What the waiters of a tree wait for. */
const objectsOf = (tree: LockTree, waiters: ReadonlyMap<number, Waiter>): Set<string> =>
  new Set(tree.flatMap(({ pid }) => waiters.get(pid)?.object ?? []));

function heldBy(
  pid: number,
  tree: LockTree,
  waiters: ReadonlyMap<number, Waiter>,
  { held }: LockReading,
): string[] {
  const objects = objectsOf(tree, waiters);
  const modes = held
    .filter((lock) => (lock.pid ?? 0) === pid && objects.has(lock.object))
    .map(({ mode }) => mode);
  return [...new Set(modes)];
}

function gidOf(
  tree: LockTree,
  waiters: ReadonlyMap<number, Waiter>,
  { held }: LockReading,
): string | null {
  const objects = objectsOf(tree, waiters);
  return (
    held.find(({ pid, gid, object }) => pid === null && gid && objects.has(object))?.gid ?? null
  );
}

function awaits(waiter: Waiter, { names, relations, secondsOf }: TreeContext): Json {
  const { databaseOid, relationOid } = waiter;
  const relation = relations.of({ databaseOid, oid: relationOid });
  return {
    locktype: waiter.locktype,
    mode: waiter.mode,
    database: names.database(databaseOid),
    relation_oid: float(relationOid),
    schema: relation?.schema ?? null,
    relation: relation?.name ?? null,
    page: waiter.page,
    tuple: waiter.tuple,
    transactionid: waiter.transactionid,
    virtualxid: waiter.virtualxid,
    classid: float(waiter.classOid),
    objid: float(waiter.objectId),
    waiting_since: waiter.waitStart,
    waiting_seconds: secondsOf(waiter),
  };
}

function sessionFields(who: Involved | undefined, context: TreeContext): Record<string, Json> {
  const text = cutText(who?.query ?? null, context);
  return {
    database: context.names.database(who?.datid ?? null),
    user: context.names.role(who?.usesysid ?? null),
    application_name: who?.application ?? null,
    client_addr: who?.client ?? null,
    backend_type: who?.backendType ?? null,
    state: who?.state ?? null,
    wait_event_type: who?.waitType ?? null,
    wait_event: who?.waitEvent ?? null,
    xact_start: who?.xactStart ?? null,
    query_start: who?.queryStart ?? null,
    query_id: who?.queryId ?? null,
    query: text.query,
    query_truncated: text.query_truncated,
  };
}
