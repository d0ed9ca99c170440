import { type Column, counter, time, words } from '../../postgres/column.ts';

const view = 'pg_stat_slru';
const count = (name: string, description: string): Column =>
  counter(name, `${view}.${name}: ${description}`);

/** The names before 17, as 17 calls them, so that a series survives an upgrade; others stay as they are. */
const renamed: Readonly<Record<string, string>> = {
  CommitTs: 'commit_timestamp',
  MultiXactMember: 'multixact_member',
  MultiXactOffset: 'multixact_offset',
  Notify: 'notify',
  Serial: 'serializable',
  Subtrans: 'subtransaction',
  Xact: 'transaction',
};

/** The columns of `pg_stat_slru`. */
export const slruColumns = {
  name: {
    ...words(
      'name',
      `${view}.name, as version 17 and later call them: \`transaction\`, \`notify\`, …`,
    ),
    parse: (value: string | null) => (value === null ? null : (renamed[value] ?? value)),
  },
  blks_zeroed: count('blks_zeroed', 'blocks zeroed'),
  blks_hit: count('blks_hit', 'blocks found in the cache'),
  blks_read: count('blks_read', 'blocks read'),
  blks_written: count('blks_written', 'blocks written'),
  blks_exists: count('blks_exists', 'blocks checked for existence'),
  flushes: count('flushes', 'flushes of dirty data'),
  truncates: count('truncates', 'truncates'),
  stats_reset: time('stats_reset', `${view}.stats_reset: when these were last reset`),
};
