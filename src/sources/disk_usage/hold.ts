import type { Static } from '@sinclair/typebox';
import { oneOf, record, text } from '../../schema/fields.ts';

/** `disk_usage.filesystems[].holds[]` */
export const Hold = record({
  server: text('name of the server'),
  what: oneOf(
    ['data_directory', 'wal', 'tablespace'],
    '`data_directory`: the setting in pg_settings, visible to members of pg_read_all_settings, as pg_monitor is. ' +
      '`wal`: pg_wal within it; where the collector may not look into the data directory, a symbolic link there is not ' +
      'seen, and the WAL counts as lying in the data directory. `tablespace`: pg_tablespace_location(), visible to all',
  ),
  path: text('where it lies; symbolic links are followed where the collector may read them'),
});
export type Hold = Static<typeof Hold>;
