import type { Static } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';
import { type Level, levels } from '../../postgres/logs/level.ts';
import { section } from '../../schema/section.ts';

/** A list of names that a pulled configuration may set. */
const names = (description: string, preset: readonly string[] = []) =>
  Type.Array(Type.String({ minLength: 1, maxLength: 200 }), {
    description,
    default: [...preset],
    maxItems: 200,
    remote: true,
  });

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
    access: Type.Unsafe<'auto' | 'files' | 'sql'>({
      type: 'string',
      enum: ['auto', 'files', 'sql'],
      description:
        'how the log is read; `auto`: as files of this host, or over SQL where they are not here and the role may (`check` prints what that needs)',
      default: 'auto',
    }),
    format: Type.Unsafe<'auto' | 'stderr' | 'csvlog' | 'jsonlog' | 'syslog'>({
      type: 'string',
      enum: ['auto', 'stderr', 'csvlog', 'jsonlog', 'syslog'],
      description:
        'form of the files; `auto`: one that the server writes, jsonlog rather than csvlog, that rather than stderr, and the same as long as it is written. What stderr has beside are lines of no message: of the last second before log_destination changes they may come twice or not at all, and with an empty log_line_prefix one that begins like a message (`ERROR:  …`) is taken for one',
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
          'ending of the names of the files; default: what the server says, else `.log`, `.csv` or `.json`',
        maxLength: 200,
      }),
    ),
    encoding: Type.Optional(
      Type.String({
        description:
          'encoding of texts that are not UTF-8, as PostgreSQL names it, e.g. LATIN1; default: what the server says',
        maxLength: 40,
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
      description:
        'least level to send whatever it is, in the order given; what is below is counted, and sent by its event',
      default: 'WARNING',
      remote: true,
    }),
    events: names('events to send below min_level; `all` are all that are known', ['all']),
    exclude_events: names('events not to send below min_level', [
      'connection_received',
      'connection_authenticated',
      'connection_authorized',
      'connection_ready',
      'disconnection',
      'statement',
    ]),
    min_duration: Type.Number({
      description: 'least duration of statements to send below min_level',
      unit: 's',
      default: 1,
      minimum: 0,
      maximum: 86_400,
      remote: true,
    }),
    databases: names('databases whose messages are sent; empty: all'),
    exclude_databases: names('databases whose messages are only counted'),
    users: names('roles whose messages are sent; empty: all'),
    exclude_users: names('roles whose messages are only counted'),
    max_per_second: Type.Integer({
      description:
        'messages of one event (else SQLSTATE, else level) to send for each second of the log; others are counted',
      default: 50,
      minimum: 1,
      maximum: 100_000,
      remote: true,
    }),
    sample_every: Type.Integer({
      description: 'of each event below WARNING one message in so many is sent; 1 sends all',
      default: 1,
      minimum: 1,
      maximum: 1_000_000,
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
