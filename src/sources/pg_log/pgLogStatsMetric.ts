import { levels } from '../../postgres/logs/level.ts';
import { integer, list, nullable, number, oneOf, record, text } from '../../schema/fields.ts';
import { metricSchema } from '../../schema/metric.ts';

const position = (description: string) =>
  record(
    {
      file_id: text('identifies the log file: device, inode, fingerprint of its first line'),
      offset: integer('bytes'),
    },
    description,
  );

const row = record(
  {
    level: oneOf(levels, 'DEBUG1 to DEBUG5 are DEBUG'),
    event: nullable(text('what kind of message it is; null for none that is known')),
    database: nullable(text('database; null without a session, or where the log does not tell it')),
    sqlstate: nullable(text('error code; null where the log does not tell it')),
    count: integer('messages, sent or not'),
    sent: integer('those of them that are sent as entries of pg_log'),
    dropped: integer(
      'those that were to be sent and were more than max_per_second or sampling allows',
    ),
    duration_ms: nullable(number('sum of the durations that they tell, ms')),
  },
  'messages that are alike',
);

/** How many messages of each kind a PostgreSQL log has. */
export const pgLogStatsMetric = metricSchema(
  'pg_log_stats',
  'exact counts of all messages of the PostgreSQL server’s log in a part of it, sent or not',
  {
    server: text('[postgres] name'),
    from: position(
      'where the part of the log begins; of several with the same beginning (after a crash) the last one counts',
    ),
    to: position('where it ends'),
    rows: list(
      row,
      'by level, event, database and SQLSTATE; beyond 500 rows the rest is added up by level',
    ),
  },
);
