import { describe, expect, it } from 'vitest';
import type { Life } from '../../../src/sources/pg_event/life.ts';
import { lifeEvents } from '../../../src/sources/pg_event/lifeEvents.ts';

const at = (minute: number): string => `2026-01-02T03:${String(minute).padStart(2, '0')}:00Z`;
const life = (set: Partial<Life> = {}): Life => ({
  startedAt: at(0),
  inRecovery: false,
  versionNum: 180_004,
  version: '18.4',
  statsReset: at(0),
  archiverReset: at(0),
  checkpointerStart: at(0),
  pid: 1,
  readAt: at(10),
  ...set,
});
const told = (before: Partial<Life>, now: Partial<Life>) =>
  lifeEvents(life(before), life({ readAt: at(20), ...now })).map(({ event }) => event);

describe('lifeEvents', () => {
  it('tells nothing where nothing happened', () => {
    expect(told({}, {})).toEqual([]);
    expect(told({}, { pid: 2 })).toEqual([]);
  });

  it('tells a clean restart, which statistics outlive, from one after a crash', () => {
    const started = { startedAt: at(15), checkpointerStart: at(15) };
    const reset = { statsReset: at(15), archiverReset: at(15) };
    expect(told({}, started)).toEqual(['restart']);
    expect(told({}, { ...started, ...reset })).toEqual(['restart', 'crash_recovery']);
  });

  it('claims no crash where statistics are new for another reason: an upgrade, a standby before 15', () => {
    const fresh = {
      startedAt: at(15),
      checkpointerStart: at(15),
      statsReset: at(15),
      archiverReset: at(15),
    };
    expect(told({ versionNum: 170_010 }, fresh)).toEqual(['restart']);
    const standby = { versionNum: 140_000, inRecovery: true };
    expect(told(standby, { ...standby, ...fresh })).toEqual(['restart']);
    expect(told(standby, { ...standby, ...fresh, inRecovery: false })).toEqual([
      'restart',
      'promotion',
    ]);
  });

  it('tells a crash by the checkpointer, or by all statistics and the own session where that is hidden', () => {
    expect(told({}, { checkpointerStart: at(15) })).toEqual(['crash_recovery']);
    const hidden = { checkpointerStart: null };
    const reset = { ...hidden, statsReset: at(15), archiverReset: at(15) };
    expect(told(hidden, { ...reset, pid: 2 })).toEqual(['crash_recovery']);
    // pg_stat_reset_shared() of 17 resets all of them and ends no session.
    expect(told(hidden, reset)).toEqual([]);
    expect(told(hidden, { ...hidden, pid: 2, statsReset: at(15) })).toEqual([]);
  });

  it('knows another server by its start before the last reading', () => {
    expect(told({}, { startedAt: at(5), statsReset: at(5), archiverReset: at(5) })).toEqual([
      'server_changed',
    ]);
  });
});
