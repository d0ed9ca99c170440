import { expect } from 'vitest';
import { pgbouncerMissing } from '../../dev/pgbouncer.ts';
import { knownEmpty } from './knownEmpty.ts';

/**
 * Parts and cut lists have the same fields in every type; the tests of `parts` and of each source hold them. What is read
 * from the messages of a log depends on the messages; test/postgres/logs/events has all. Of the machine that the tests run
 * on, this is not there everywhere.
 */
const isHeldElsewhere = (field: string): boolean =>
  /[ .](part|truncated|total)$/.test(field) ||
  field.startsWith('pg_log entries[].fields.') ||
  /^sysstat (cgroup|pressure|tcp|network|disk_io|memory.huge)/.test(field) ||
  /^(disk_usage |host_inventory cpu_model|pg_processes .*(read|write)_bytes)/.test(field) ||
  (field.startsWith('pgbouncer ') && pgbouncerMissing() !== undefined);

/** Holds the fields that no metric filled against those that are known, both ways. */
export function expectKnown(empty: readonly string[], major: number): void {
  const known = knownEmpty(major);
  const unknown = empty.filter((field) => !known.has(field) && !isHeldElsewhere(field));
  const isEmpty = (field: string): boolean =>
    empty.some((each) => field === each || field.startsWith(`${each}.`));
  const filled = [...known]
    .filter(([field, { maybe }]) => !maybe && !isHeldElsewhere(field) && !isEmpty(field))
    .map(([field]) => field);
  expect({ unknown, filled }).toStrictEqual({ unknown: [], filled: [] });
}
