import type { Json } from '../../schema/json.ts';
import type { Metric } from '../../schema/metric.ts';
import { rounded } from '../rounded.ts';
import { timestampNow } from '../timestamp.ts';
import type { ActivityWindow } from './activityWindow.ts';
import { holderText, horizon } from './horizon.ts';
import { Timed, transactionRow, waitRow } from './rows.ts';
import type { Session } from './session.ts';
import { tally } from './tally.ts';

/** Rows of the other lists. */
const LIST = 20;
const BREAKDOWN = 50;

/** The metric of a window. */
export function activityMetric(window: ActivityWindow): Metric {
  const { waits, sessions, names, texts } = window;
  const cut: { list: string; total: number }[] = [];
  const limited = <T>(list: string, rows: readonly T[], limit: number): readonly T[] => {
    if (rows.length > limit) cut.push({ list, total: rows.length });
    return rows.slice(0, limit);
  };
  const all = sessions.filter(({ kind }) => kind === 'session');
  const clients = all.filter(isClient);
  const others = all.filter((session) => !texts.isOurs(session));
  const by = (
    list: string,
    fields: readonly string[],
    valuesOf: (session: Session) => readonly (string | null)[],
    of = clients,
  ): Json => limited(list, tally(of, fields, valuesOf), BREAKDOWN);
  const listed = (list: string, rows: readonly Timed[]): Json =>
    limited(list, rows, LIST).map((row) => transactionRow(row, window));

  const groups = waits.top(window.top);
  if (groups.total > groups.chosen.length) cut.push({ list: 'waits', total: groups.total });
  const shown = groups.chosen.reduce((sum, { samples }) => sum + samples, 0);
  const now = clockOf(all);
  const timed = others.map((session) => new Timed(session, now));
  const holders = horizon(
    sessions.filter((session) => !texts.isOurs(session)),
    names,
  );
  const [oldest] = holders;
  return {
    type: 'pg_activity',
    timestamp: timestampNow(),
    server: window.server,
    window_seconds: rounded(window.seconds, 3),
    samples: waits.count,
    active_average: rounded(waits.active / waits.count, 3),
    sessions: clients.length,
    sessions_hidden: all.filter(({ backendType }) => backendType === null).length,
    by_state: by('by_state', ['state'], ({ state }) => [state]),
    by_wait_event: by('by_wait_event', ['wait_event_type', 'wait_event'], (session) => [
      session.waitType,
      session.waitEvent,
    ]),
    by_database: by('by_database', ['database'], ({ datid }) => [names.database(datid)]),
    by_user: by('by_user', ['user'], ({ usesysid }) => [names.role(usesysid)]),
    by_application: by('by_application', ['application_name'], (each) => [each.application]),
    by_client: by('by_client', ['client_addr'], ({ client }) => [client]),
    by_backend_type: by('by_backend_type', ['backend_type'], (each) => [each.backendType], all),
    waits: groups.chosen.map((group) => waitRow(group, window)),
    waits_other: waits.total - shown,
    long_transactions: listed(
      'long_transactions',
      timed
        .filter(({ xactSeconds }) => (xactSeconds ?? 0) > window.longTransaction)
        .sort((a, b) => (b.xactSeconds ?? 0) - (a.xactSeconds ?? 0)),
    ),
    idle_in_transaction: listed(
      'idle_in_transaction',
      timed
        .filter(({ session }) => session.state?.startsWith('idle in transaction') ?? false)
        .filter(({ stateSeconds }) => (stateSeconds ?? 0) > window.idleInTransaction)
        .sort((a, b) => (b.stateSeconds ?? 0) - (a.stateSeconds ?? 0)),
    ),
    oldest_xmin_age: oldest?.xmin_age ?? null,
    oldest_xmin_holder: oldest ? holderText(oldest) : null,
    xmin_horizon: limited('xmin_horizon', holders, LIST),
    truncated: cut.length > 0,
    cut,
  };
}

/** A session of a client; one that may not be seen is taken for one where it is in a database. */
const isClient = ({ backendType, datid }: Session): boolean =>
  backendType === 'client backend' || (backendType === null && datid !== null);

/** The server's clock at the read, ms since 1970. */
function clockOf(sessions: readonly Session[]): number {
  const readAt = sessions.find(({ own }) => own)?.readAt ?? sessions[0]?.readAt ?? '';
  return Date.parse(readAt.replace(' ', 'T').replace(/\+00$/, 'Z'));
}
