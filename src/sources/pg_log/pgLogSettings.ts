import { type Static, Type } from '@sinclair/typebox';
import { type Level, levels } from '../../postgres/logs/level.ts';
import { section } from '../../schema/section.ts';

/** `[pg_log]` */
export const pgLogSettings = section(
  'messages of the PostgreSQL server’s log, from its files on this host',
  {
    default: 10,
    maximum: 300,
    description: 'greatest time that log entries wait before they form a metric',
  },
  {
    directory: Type.Optional(
      Type.String({
        description: 'where the log files are; default: what a server on this host says',
        path: true,
        minLength: 1,
      }),
    ),
    format: Type.Unsafe<'auto' | 'stderr' | 'jsonlog'>({
      type: 'string',
      enum: ['auto', 'stderr', 'jsonlog'],
      description: 'form of the files; `auto`: what the server writes, jsonlog rather than stderr',
      default: 'auto',
    }),
    prefix: Type.Optional(
      Type.String({
        description:
          'log_line_prefix of the files in the form stderr; default: what the server says',
        maxLength: 1000,
      }),
    ),
    suffix: Type.Optional(
      Type.String({
        description:
          'ending of the names of the files; default: what the server says, else `.log` or `.json`',
        maxLength: 200,
      }),
    ),
    start_at: Type.Unsafe<'beginning' | 'end'>({
      type: 'string',
      enum: ['beginning', 'end'],
      description: 'whether the first start reads what the newest file holds already',
      default: 'end',
    }),
    min_level: Type.Unsafe<Level>({
      type: 'string',
      enum: [...levels],
      description: 'least level to send, in the order given; what is below is counted',
      default: 'WARNING',
      remote: true,
    }),
    max_entries: Type.Integer({
      description: 'log entries in one metric',
      default: 500,
      minimum: 1,
      maximum: 5000,
      remote: true,
    }),
  },
);

/** The settings of `pg_log`. */
export type PgLogSettings = Static<typeof pgLogSettings>;
