import { bigint, bool, time, words } from '../../postgres/column.ts';
import { statementColumns } from './statementColumns.ts';

/** Columns that only the agent needs; in a row they stand before `statementColumns`. */
export const ownColumns = {
  database: words('p.datname', ''),
  userid: words('s.userid', ''),
  by_me: bool('pg_get_userbyid(s.userid) = current_user', ''),
  stats_epoch: time('greatest(pg_postmaster_start_time(), b.stats_reset, i.stats_reset)', ''),
  stats_reset: time('i.stats_reset', ''),
  deallocations: bigint('i.dealloc', ''),
};

const names = [...Object.keys(ownColumns), ...Object.keys(statementColumns)];

/** Where a column stands in a row: most rows are never made objects of. */
export const placeOf = (name: keyof typeof ownColumns | keyof typeof statementColumns): number =>
  names.indexOf(name);
