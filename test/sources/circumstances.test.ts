import { expect, it } from 'vitest';
import { newCircumstances } from '../../src/sources/circumstances.ts';

const none = { startIsClosed: false, pooler: false };
const all = { startIsClosed: true, pooler: true };

it('is said when it comes up, with its remedy, and not again while it lasts', () => {
  const [start, pooler] = newCircumstances(none, all, () => 'watcher');
  expect(start).toContain('GRANT EXECUTE ON FUNCTION pg_postmaster_start_time() TO watcher');
  expect(pooler).toContain('a pooler stands in the path');
  expect(newCircumstances(all, all, () => 'watcher')).toStrictEqual([]);
  expect(newCircumstances(all, none, () => 'watcher')).toStrictEqual([]);
});
