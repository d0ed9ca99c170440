import type { TSchema } from '@sinclair/typebox';
import { fieldsOf } from '../../postgres/selection.ts';
import { list, nullable, record, text } from '../../schema/fields.ts';
import { metricSchema } from '../../schema/metric.ts';
import { type Progress, commands } from './commands.ts';

const running = ({ view, columns }: Progress): TSchema =>
  nullable(
    list(
      record({
        ...fieldsOf(columns),
        ...('relation_oid' in columns && {
          schema: nullable(text('schema of the relation; null: its database is not read')),
          relation: nullable(text('name of the relation')),
        }),
        ...('index_oid' in columns && { index: nullable(text('name of the index')) }),
      }),
      `${view}, one row per process; null: this version has no such view`,
      ...['pid', 'started_at', 'phase'].filter((name) => name in columns),
    ),
  );

/** `pg_progress`: how far long commands are. */
export const pgProgressMetric = metricSchema(
  'pg_progress',
  'Commands whose progress PostgreSQL tells, as they run. Names are those of the newest version, whatever the server’s',
  {
    server: text('the monitored server'),
    vacuum: running(commands.vacuum),
    analyze: running(commands.analyze),
    create_index: running(commands.create_index),
    cluster: running(commands.cluster),
    copy: running(commands.copy),
    base_backup: running(commands.base_backup),
  },
);
