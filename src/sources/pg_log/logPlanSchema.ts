import * as Type from '@sinclair/typebox';
import { integer, list, nullable, number, optional, record, text } from '../../schema/fields.ts';

const node = record(
  {
    depth: integer('0 is the root; a node belongs to the nearest before it that is less deep'),
    type: text('e.g. `Seq Scan`'),
    relation: nullable(text('relation that it reads, with its alias where the form is text')),
    index: nullable(text('index that it uses')),
    startup_cost: nullable(number('cost before the first row')),
    total_cost: nullable(number('cost of all rows')),
    plan_rows: nullable(number('rows that were expected')),
    plan_width: nullable(number('width of a row that was expected, bytes')),
    actual_startup_ms: nullable(number('time to the first row, ms; null without log_analyze')),
    actual_total_ms: nullable(number('time to the last row, of one loop, ms')),
    actual_rows: nullable(number('rows, of one loop')),
    actual_loops: nullable(number('how often it ran')),
    properties: list(
      record({ name: text('as EXPLAIN names it'), value: text('redacted') }, 'one property'),
      'conditions, keys and figures, as EXPLAIN names them',
    ),
  },
  'one node',
);

/** A plan of auto_explain. */
export const logPlanSchema = record(
  {
    query: text('the statement, redacted'),
    nodes: list(node, 'from the root, each before those below it; at most 200'),
    truncated: optional(Type.Literal(true, { description: 'there were more' })),
  },
  'plan of auto_explain',
);
