import type { Json } from '../../schema/json.ts';
import type { OidNames } from '../oidNames.ts';
import type { Session } from './session.ts';

/** A holder of the xmin horizon, as a row of `pg_activity.xmin_horizon`. */
export interface Holder {
  readonly [field: string]: Json;
  readonly holder:
    'session' | 'prepared_transaction' | 'slot' | 'slot_catalog' | 'standby_feedback';
  readonly name: string | null;
  readonly xmin_age: number;
  readonly pid: number | null;
}

/** Everyone who keeps vacuum from removing rows, oldest first. */
export function horizon(sessions: readonly Session[], names: OidNames): Holder[] {
  const holders: Holder[] = [];
  for (const session of sessions) {
    if (session.xminAge === null) continue;
    const holder = kindOf(session);
    holders.push({
      holder,
      name: session.kind === 'session' ? session.application : session.name,
      xmin_age: session.xminAge,
      pid: session.pid,
      database: names.database(session.datid),
      user: names.role(session.usesysid),
      client_addr: session.client,
      state: session.state,
      since: session.xactStart,
    });
  }
  // A session that began while something older was open is as old as that, and goes with it.
  const rank = ({ holder }: Holder): number => (holder === 'session' ? 1 : 0);
  return holders.sort((a, b) => b.xmin_age - a.xmin_age || rank(a) - rank(b));
}

/** In words: `slot "standby1"`, `session 4711 ("psql")`. */
export function holderText({ holder, name, pid }: Holder): string {
  const called = name === null || name === '' ? '' : `"${name}"`;
  if (holder === 'session')
    return [`session ${pid ?? '?'}`, called && `(${called})`].join(' ').trim();
  return [words[holder], called].join(' ').trim();
}

const words = {
  prepared_transaction: 'prepared transaction',
  slot: 'slot',
  slot_catalog: 'slot (catalogs alone)',
  standby_feedback: 'feedback of standby',
} as const;

/** A row that may not be seen in full still shows its xmin: without a database it is a walsender. */
function kindOf({ kind, backendType, datid }: Session): Holder['holder'] {
  if (kind !== 'session') return kind;
  const isStandby = backendType === 'walsender' || (backendType === null && datid === null);
  return isStandby ? 'standby_feedback' : 'session';
}
