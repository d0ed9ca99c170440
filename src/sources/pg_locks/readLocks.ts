import type { Row } from '../../ports/server.ts';
import { array, float, timestamp } from '../../postgres/values.ts';
import type { Involved, Lock, LockReading, ModeCount, Waiter } from './lockRows.ts';

/** The rows of `locksSql`, by what they stand for. */
export function readLocks(rows: readonly Row[]): LockReading {
  const waiters: Waiter[] = [];
  const held: Lock[] = [];
  const involved: Involved[] = [];
  const modes: ModeCount[] = [];
  let totals: Row = [];
  for (const row of rows) {
    if (row[0] === 'totals') totals = row;
    else if (row[0] === 'waiter') waiters.push(waiterOf(row));
    else if (row[0] === 'held') held.push(lockOf(row));
    else if (row[0] === 'involved') involved.push(involvedOf(row));
    else if (row[0] === 'mode') modes.push(modeOf(row));
  }
  return {
    readAt: timestamp(totals[1] ?? null),
    waiting: Number(totals[2] ?? 0),
    waitingLong: Number(totals[3] ?? 0),
    waiters,
    held,
    involved,
    modes,
  };
}

const text = (row: Row, index: number): string | null => row[index] ?? null;
const whole = (row: Row, index: number): number | null => float(text(row, index));

const lockOf = (row: Row): Lock => ({
  pid: whole(row, 1),
  locktype: text(row, 2) ?? '',
  mode: text(row, 3) ?? '',
  databaseOid: text(row, 4),
  relationOid: text(row, 5),
  page: whole(row, 6),
  tuple: whole(row, 7),
  transactionid: text(row, 8),
  virtualxid: text(row, 9),
  classOid: text(row, 10),
  objectId: text(row, 11),
  gid: text(row, 12),
  object: text(row, 13) ?? '',
});

const waiterOf = (row: Row): Waiter =>
  Object.assign(lockOf(row), {
    pid: Number(row[1]),
    waitStart: timestamp(text(row, 14)),
    blockers: [...new Set((array(text(row, 15)) ?? []).map(Number))],
  });

const involvedOf = (row: Row): Involved => ({
  pid: Number(row[1]),
  datid: text(row, 2) === '0' ? null : text(row, 2),
  usesysid: text(row, 3) === '0' ? null : text(row, 3),
  application: text(row, 4),
  client: text(row, 5),
  backendType: text(row, 6),
  state: text(row, 7),
  waitType: text(row, 8),
  waitEvent: text(row, 9),
  xactStart: timestamp(text(row, 10)),
  queryStart: timestamp(text(row, 11)),
  queryId: text(row, 12) === '0' ? null : text(row, 12),
  query: text(row, 13),
});

const modeOf = (row: Row): ModeCount => ({
  mode: text(row, 1) ?? '',
  granted: text(row, 2) === 'true',
  locks: Number(row[3]),
});
