import type { Json } from '../../schema/json.ts';
import { compile, truth } from './compile.ts';
import { parse } from './parse.ts';
import { type ExpressionProblem, NoExpression } from './problem.ts';

/** A condition on a record; never throws. */
export type Condition = (record: Json) => boolean;

/** Characters of an expression. */
const MAX_LENGTH = 2_000;

/**
 * Reads a condition over the fields of a record, or says what is wrong and where. Nothing of it is ever run as code.
 *
 *     type ~ 'pg_*' and transactions_rolledback / transactions_committed > 0.1
 *     any(tables, dead_tuples > live_tuples and name !~ 'tmp_*')
 *     count(queries, mean_time > 100) >= 3 or not up
 *
 * `or`, `and`, `not` (`||`, `&&`, `!`), one comparison (`==`, `!=`, `<`, `<=`, `>`, `>=`, glob `~`, `!~`), `+ - * / %`,
 * numbers, quoted texts, `null`, `true`, `false`, paths of fields (`cpu.user`), and over lists `any(list, condition)`,
 * `all(list, condition)`, `count(list[, condition])`; within them names are first those of the item, `it` is the item.
 * What is absent is null; what cannot be compared or computed is no, or null.
 */
export function expression(text: string): Condition | ExpressionProblem {
  if (text.length > MAX_LENGTH) {
    return { problem: `an expression has at most ${MAX_LENGTH} characters`, column: 1 };
  }
  try {
    const evaluate = compile(parse(text));
    return (record) => truth(evaluate({ row: record, outer: null }));
  } catch (error) {
    if (!(error instanceof NoExpression)) throw error;
    return { problem: error.message, column: error.column };
  }
}
