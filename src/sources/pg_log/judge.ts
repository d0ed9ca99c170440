import { levelRank } from '../../postgres/logs/level.ts';
import type { Judge } from '../../postgres/logs/logHead.ts';
import type { PgLogSettings } from './pgLogSettings.ts';

/**
 * Decides which messages are sent: those of `min_level` and above, and those that have an event, apart from the events
 * that `exclude_events` names and from durations below `min_duration`; always within the databases and users.
 */
export function judge(settings: PgLogSettings): Judge {
  const least = levelRank(settings.min_level);
  const leastMs = settings.min_duration * 1000;
  const [events, excluded] = [new Set(settings.events), new Set(settings.exclude_events)];
  const [databases, users] = [new Set(settings.databases), new Set(settings.users)];
  const notDatabases = new Set(settings.exclude_databases);
  const notUsers = new Set(settings.exclude_users);
  const all = events.has('all');
  return ({ level, event, database, user }) => {
    if (!allows(databases, notDatabases, database) || !allows(users, notUsers, user)) {
      return Infinity;
    }
    if (levelRank(level) >= least) return 0;
    const wanted = event !== undefined && (all || events.has(event)) && !excluded.has(event);
    return wanted ? leastMs : Infinity;
  };
}

/** A message of a process without a session has neither: a list of those wanted leaves it in. */
const allows = (
  wanted: ReadonlySet<string>,
  unwanted: ReadonlySet<string>,
  name: string | undefined,
): boolean =>
  name === undefined || ((wanted.size === 0 || wanted.has(name)) && !unwanted.has(name));
