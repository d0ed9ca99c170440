import type { Metric } from '../../schema/metric.ts';
import { cutText } from '../cutText.ts';
import { pgEvent } from '../pgEvent.ts';
import type { LockReading, Waiter } from './lockRows.ts';
import type { TreeContext } from './treeRows.ts';

/** The event of a wait that has become long. */
export function blockedEvent(
  server: string,
  waiter: Waiter,
  { involved }: LockReading,
  context: TreeContext,
): Metric {
  const { pid, mode, locktype, databaseOid, relationOid, waitStart, blockers } = waiter;
  const { names, relations, secondsOf } = context;
  const who = involved.find((each) => each.pid === pid);
  const relation = relations.of({ databaseOid, oid: relationOid });
  const object = relation ? `${relation.schema}.${relation.name}` : null;
  const seconds = secondsOf(waiter);
  const others = blockers.map((each) =>
    each === 0 ? 'a prepared transaction' : `process ${each}`,
  );
  return pgEvent({
    server,
    database: names.database(who?.datid ?? databaseOid),
    event: 'blocked',
    happened_at: waitStart,
    object,
    seconds,
    pid,
    statement: cutText(who?.query ?? null, context).query,
    message: `process ${pid} has waited ${Math.floor(seconds ?? 0)} s for ${mode} on ${locktype}${
      object === null ? '' : ` ${object}`
    }, behind ${others.slice(0, 5).join(', ') || 'nobody any more'}`,
  });
}
