import { int, words } from '../../postgres/column.ts';

/** How near transaction ids are to wraparound. Alias: d sums over databases. */
export const transactionIds = {
  oldest_age: int(
    'd.xid_age',
    'greatest age(pg_database.datfrozenxid): transactions since the oldest unfrozen one',
  ),
  oldest_age_database: words(
    'd.xid_database',
    'pg_database.datname of the database with oldest_age',
  ),
  freeze_max_age: int(
    `current_setting('autovacuum_freeze_max_age')`,
    'setting autovacuum_freeze_max_age: at this age vacuum is forced',
  ),
  oldest_multixact_age: int('d.mxid_age', 'greatest mxid_age(pg_database.datminmxid)'),
  oldest_multixact_age_database: words(
    'd.mxid_database',
    'pg_database.datname of the database with oldest_multixact_age',
  ),
  multixact_freeze_max_age: int(
    `current_setting('autovacuum_multixact_freeze_max_age')`,
    'setting autovacuum_multixact_freeze_max_age: at this age vacuum is forced',
  ),
  wraparound_age: int(
    '2147483647',
    'the age at which ids would wrap around; the server stops writes 3 million before',
  ),
};
