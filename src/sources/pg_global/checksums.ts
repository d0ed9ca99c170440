import { bool, counter, time } from '../../postgres/column.ts';

/** Page checksums. Alias: d sums over databases. */
export const checksums = {
  enabled: bool(`(current_setting('data_checksums') = 'on')`, 'setting data_checksums'),
  failures: counter(
    'd.checksum_failures',
    'sum of pg_stat_database.checksum_failures over all databases and shared objects; null where checksums are off',
  ),
  last_failure: time(
    'd.checksum_last_failure',
    'the latest pg_stat_database.checksum_last_failure',
  ),
};
