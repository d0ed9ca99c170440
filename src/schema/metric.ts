import type { TObject, TProperties } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';
import { integer, moment, optional, record, text } from './fields.ts';
import type { Json } from './json.ts';

/** One metric: a JSON object with a type and the moment of reading. Its other fields are fixed by the schema of its type. */
export interface Metric {
  readonly type: string;
  /** UTC, ISO 8601, milliseconds. */
  readonly timestamp: string;
  readonly [field: string]: Json;
}

/** The part of a long list that this metric carries; all parts of one reading share `read_id` and the timestamp. */
export const part = optional(
  record(
    {
      index: integer('which part this is, from 0'),
      of: integer('how many parts the reading has'),
      read_id: text('the same in all parts of one reading'),
    },
    'set where one reading was too long for one metric (256 KiB)',
  ),
);

/** The schema of one metric type: a closed object with `type`, `timestamp`, optional `part` and the given fields. */
export const metricSchema = <const N extends string, P extends TProperties>(
  type: N,
  description: string,
  fields: P,
) =>
  Type.Object(
    {
      type: Type.Literal(type),
      timestamp: moment('the moment of reading, UTC, milliseconds'),
      part,
      ...fields,
    },
    { $id: type, additionalProperties: false, description },
  );

/** Any metric type's schema. */
export type MetricSchema = TObject & { readonly $id?: string };
