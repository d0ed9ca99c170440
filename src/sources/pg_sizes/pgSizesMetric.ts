import { int64, integer, list, nullable, record, text } from '../../schema/fields.ts';
import { metricSchema } from '../../schema/metric.ts';

const files = (of: string, sql: string) =>
  record(
    {
      bytes: nullable(int64(`sum of ${sql}.size; null without the right to call it`)),
      files: nullable(int64(`number of files in ${sql}; null without the right to call it`)),
    },
    of,
  );

/** `pg_sizes`: what takes room on the disks of a server, by SQL alone. */
export const pgSizesMetric = metricSchema(
  'pg_sizes',
  'Sizes of the databases, tablespaces, WAL and temporary files of one server',
  {
    server: text('the monitored server'),
    databases: list(
      record({
        name: text('pg_database.datname'),
        tablespace: text('pg_database.dattablespace: its default tablespace'),
        bytes: nullable(
          int64(
            'pg_database_size(); null without CONNECT on the database or pg_read_all_stats, and for a database whose removal was interrupted',
          ),
        ),
      }),
      'all databases, templates too',
    ),
    databases_bytes: nullable(int64('sum of the sizes of databases; null where one is not known')),
    tablespaces: list(
      record({
        name: text('pg_tablespace.spcname'),
        bytes: nullable(
          int64(
            'pg_tablespace_size(); null without CREATE on the tablespace or pg_read_all_stats, unless it is the default of the maintenance database',
          ),
        ),
        temporary_bytes: nullable(
          int64('sum of pg_ls_tmpdir(oid).size: temporary files; null without pg_monitor'),
        ),
        temporary_files: nullable(
          integer('number of files in pg_ls_tmpdir(oid); null without pg_monitor'),
        ),
      }),
      'pg_tablespace',
    ),
    wal: files('the directory pg_wal', 'pg_ls_waldir()'),
  },
);
