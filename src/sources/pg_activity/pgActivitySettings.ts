import * as Type from '@sinclair/typebox';
import { section } from '../../schema/section.ts';

const seconds = (description: string, byDefault: number, least: number, most: number) =>
  Type.Number({
    description,
    unit: 's',
    default: byDefault,
    minimum: least,
    maximum: most,
    remote: true,
    remoteMinimum: Math.max(1, least),
  });

/** `[pg_activity]` */
export const pgActivitySettings = section(
  'what sessions do and wait for',
  { default: 10, description: 'length of a window: time between two metrics', maximum: 3_600 },
  {
    sample_interval: seconds('time between two samples of a window', 1, 1, 60),
    top: Type.Integer({
      description:
        'groups of waiting or running sessions listed per window; the others are summed up',
      default: 50,
      minimum: 1,
      maximum: 1_000,
      remote: true,
      remoteMaximum: 200,
    }),
    long_transaction: seconds('transactions open for longer are listed', 60, 0, 86_400),
    idle_in_transaction: seconds(
      'sessions that idle in a transaction for longer are listed',
      10,
      0,
      86_400,
    ),
  },
);
