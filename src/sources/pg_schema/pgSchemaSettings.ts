import type { Static } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';
import { interval, section } from '../../schema/section.ts';

/** `[pg_schema]` */
export const pgSchemaSettings = section(
  'definitions of tables, indexes, constraints and triggers, and their changes',
  { default: 3600, minimum: 60, remoteMinimum: 300 },
  {
    whole_interval: interval({
      default: 86_400,
      minimum: 60,
      remoteMinimum: 3600,
      description: 'time after which all definitions are sent again, not only those that changed',
    }),
    max_tables: Type.Integer({
      description:
        'relations per database that are followed: the first by size, rows written and rows, in turns',
      default: 1000,
      minimum: 1,
      maximum: 10_000,
      remote: true,
      remoteMaximum: 2_000,
    }),
  },
);
export type PgSchemaSettings = Static<typeof pgSchemaSettings>;
