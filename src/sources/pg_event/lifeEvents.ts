import type { PgEvent } from '../pgEvent.ts';
import type { Life } from './life.ts';

/** What happened, but for the server that it happened to. */
export type Happening = Omit<PgEvent, 'server'>;

/** What happened to a server between two readings; empty where nothing did. */
export function lifeEvents(before: Life, now: Life): readonly Happening[] {
  const events: Happening[] = [];
  const started = now.startedAt !== before.startedAt;
  if (started && isElsewhere(before, now)) {
    events.push({
      event: 'server_changed',
      before: before.startedAt,
      after: now.startedAt,
      message: 'the address leads to another server now: this one started before the last reading',
    });
  } else if (started) {
    events.push({
      event: 'restart',
      happened_at: now.startedAt,
      before: before.version,
      after: now.version,
      message:
        before.version === now.version
          ? 'the server was started again'
          : `the server was started again, as version ${now.version ?? '?'} in place of ${before.version ?? '?'}`,
    });
    if (isUnclean(before, now)) {
      events.push({
        event: 'crash_recovery',
        happened_at: now.startedAt,
        message: 'the server had not been shut down cleanly: it recovered, and lost its statistics',
      });
    }
  } else if (hasCrashed(before, now)) {
    events.push({
      event: 'crash_recovery',
      happened_at: now.checkpointerStart ?? now.statsReset,
      message:
        'a process crashed: all sessions were ended, the server recovered, and lost its statistics',
    });
  }
  if (before.inRecovery && !now.inRecovery && events[0]?.event !== 'server_changed') {
    events.push({ event: 'promotion', message: 'the standby was promoted to primary' });
  }
  return events;
}

/** Whether nothing can be compared any more: increments of this reading mean nothing. */
export const isNewEpoch = (events: readonly Happening[]): boolean =>
  events.some(({ event }) => event !== 'promotion');

/** A server that started before the last reading cannot have been started since. */
const isElsewhere = (before: Life, now: Life): boolean =>
  now.startedAt !== null && before.readAt !== null && now.startedAt < before.readAt;

/**
 * Statistics outlive a clean shutdown. A server of another major version has new ones anyway; a standby before 15 loses
 * them at each start.
 */
function isUnclean(before: Life, now: Life): boolean {
  const isSameMajor =
    Math.floor(before.versionNum / 10_000) === Math.floor(now.versionNum / 10_000);
  const keeps = now.versionNum >= 150_000 || !(before.inRecovery || now.inRecovery);
  return (
    isSameMajor && keeps && isAfter(now.statsReset, before.readAt) && movedTogether(before, now)
  );
}

function hasCrashed(before: Life, now: Life): boolean {
  if (before.checkpointerStart !== null && now.checkpointerStart !== null) {
    return before.checkpointerStart !== now.checkpointerStart;
  }
  // Who may not see the checkpointer: all statistics were reset at once, and our own session is gone.
  return before.pid !== now.pid && movedTogether(before, now);
}

const movedTogether = (before: Life, now: Life): boolean =>
  before.statsReset !== now.statsReset &&
  before.archiverReset !== now.archiverReset &&
  Math.abs(msOf(now.statsReset) - msOf(now.archiverReset)) < 1_000;

const isAfter = (one: string | null, other: string | null): boolean => msOf(one) > msOf(other);
const msOf = (moment: string | null): number => Date.parse(moment ?? '');
