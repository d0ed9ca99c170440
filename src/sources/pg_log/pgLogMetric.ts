import * as Type from '@sinclair/typebox';
import { type Level, levels } from '../../postgres/logs/level.ts';
import {
  integer,
  list,
  moment,
  nullable,
  number,
  oneOf,
  optional,
  record,
  text,
} from '../../schema/fields.ts';
import { metricSchema } from '../../schema/metric.ts';
import { logFieldsSchema } from './logFieldsSchema.ts';
import { logPlanSchema } from './logPlanSchema.ts';

const counts = Object.fromEntries(
  levels.map((level) => [level, integer(`messages of the level ${level}, sent or not`)]),
) as Record<Level, ReturnType<typeof integer>>;

const entry = record(
  {
    timestamp: nullable(moment('when the server wrote it; null where log_line_prefix has no time')),
    level: oneOf(levels, 'DEBUG1 to DEBUG5 are DEBUG; WARNING for a word of an unknown language'),
    message: text('primary message'),
    detail: optional(text('DETAIL')),
    hint: optional(text('HINT')),
    context: optional(text('CONTEXT')),
    statement: optional(text('STATEMENT: what the client had sent')),
    internal_query: optional(
      text('QUERY: the statement inside it that failed, e.g. of a function'),
    ),
    location: optional(
      text('LOCATION: where in the source of the server (log_error_verbosity = verbose)'),
    ),
    backtrace: optional(text('BACKTRACE')),
    sqlstate: optional(text('error code, five characters')),
    pid: optional(integer('process')),
    user: optional(text('role')),
    database: optional(text('database')),
    application_name: optional(text('application_name of the session')),
    client_addr: optional(text('address or name of the client; `[local]` for a Unix socket')),
    session_id: optional(text('session, e.g. `6553f100.1c2b`')),
    line_num: optional(integer('number of the message within its session or process')),
    query_id: optional(text('query identifier, 64 bits, in digits')),
    backend_type: optional(text('kind of process')),
    event: optional(text('what kind of message it is; absent for one of no kind that is known')),
    duration_ms: optional(number('duration that the message tells, ms')),
    fields: optional(logFieldsSchema),
    plan: optional(logPlanSchema),
    truncated: optional(Type.Literal(true, { description: 'some of its text was cut' })),
    position: record(
      {
        file_id: text('identifies the log file: device, inode, fingerprint of its first line'),
        offset: integer('where the entry begins in it, bytes'),
      },
      'where the entry begins: the same entry always has the same position',
    ),
  },
  'one message',
);

/** Messages of a PostgreSQL log, in the order of the file. */
export const pgLogMetric = metricSchema(
  'pg_log',
  'messages of the PostgreSQL server’s log since the metric before, with exact counts of those that are not sent',
  {
    server: text('[postgres] name'),
    database: nullable(text('database of all entries; null where they are of several, or of none')),
    counts: record(counts, 'messages by level, sent or not'),
    filtered: integer('messages that are counted but not sent'),
    dropped: integer('those of them that were more than max_per_second or sample_every allow'),
    gaps: optional(
      list(
        record(
          {
            file: text('the log file that it was in'),
            reason: oneOf(
              ['removed', 'truncated'],
              '`truncated`: the file was emptied while it was written, so that more may be lost than is known',
            ),
            bytes: nullable(integer('bytes known lost; null where nobody can know')),
          },
          'a part of the log that is lost',
        ),
        'log_gap: what was removed before it was read; absent where nothing was',
      ),
    ),
    lost_lines: optional(
      integer(
        'lines known lost in gaps, by the numbers of lines (%l in log_line_prefix, beside %c or %p); absent where none are',
      ),
    ),
    unknown: integer('messages of no kind that is known, sent or not'),
    entries: list(entry, 'messages at or above min_level, and those of the events that are sent'),
  },
);
