import type { Static } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';
import { interval, section } from '../../schema/section.ts';

/** `[pg_stats]` */
export const pgStatsSettings = section(
  'statistics of databases, tables and indexes',
  { default: 60 },
  {
    relations_interval: interval({
      default: 300,
      remoteMinimum: 60,
      description: 'time between two reads of tables and indexes',
    }),
    sizes_interval: interval({
      default: 3600,
      minimum: 10,
      remoteMinimum: 300,
      description: 'time between two reads of the sizes of databases, tables and indexes',
    }),
    max_tables: Type.Integer({
      description:
        'tables per database: the first by size, rows written, dead rows, rows read by scans and age since the last freeze, in turns',
      default: 500,
      minimum: 1,
      maximum: 10_000,
      remote: true,
      remoteMaximum: 2_000,
    }),
    max_indexes: Type.Integer({
      description:
        'indexes per database: the first by size, scans, entries read and blocks read, in turns',
      default: 1000,
      minimum: 1,
      maximum: 20_000,
      remote: true,
      remoteMaximum: 4_000,
    }),
  },
);

export type PgStatsSettings = Static<typeof pgStatsSettings>;
