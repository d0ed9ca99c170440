import { nearest } from '../../schema/config/nearest.ts';
import type { BinaryOperator, Node } from './node.ts';
import { NoExpression } from './problem.ts';
import { type Token, tokens } from './tokens.ts';

/** Brackets, list functions, `not` and signs within each other. */
const MAX_DEPTH = 32;

/** Binary operators, weakest first; those of a line group from the left, comparisons do not chain. */
const COMPARISONS = new Map<string, BinaryOperator>(
  (['==', '!=', '<', '<=', '>', '>=', '~', '!~'] as const).map((each) => [each, each]),
).set('=', '==');
const SUMS = new Map<string, BinaryOperator>([
  ['+', '+'],
  ['-', '-'],
]);
const PRODUCTS = new Map<string, BinaryOperator>([
  ['*', '*'],
  ['/', '/'],
  ['%', '%'],
]);
const CONSTANTS = new Map<string, null | boolean>([
  ['null', null],
  ['true', true],
  ['false', false],
]);
const FUNCTIONS = ['any', 'all', 'count'] as const;
const WORDS = ['and', 'or', 'not'];

/** Reads an expression by recursive descent; throws {@link NoExpression}. Linear in the text. */
export function parse(text: string): Node {
  const words = tokens(text);
  let at = 0;
  let depth = 0;
  const now = (): Token => words[at] ?? { is: 'end', value: '', at: text.length + 1 };
  const skip = (...values: readonly string[]): boolean => {
    const token = now();
    const fits = (token.is === 'symbol' || token.is === 'path') && values.includes(token.value);
    if (fits) at++;
    return fits;
  };
  const deeper = (read: () => Node): Node => {
    if (++depth > MAX_DEPTH) throw new NoExpression(`more than ${MAX_DEPTH} levels`, now().at);
    const node = read();
    depth--;
    return node;
  };
  const expect = (symbol: string, why: string): void => {
    if (!skip(symbol)) throw new NoExpression(`expected "${symbol}" ${why}`, now().at);
  };

  const or = (): Node => {
    let left = and();
    while (skip('or', '||')) left = { is: 'or', left, right: and() };
    return left;
  };
  const and = (): Node => {
    let left = not();
    while (skip('and', '&&')) left = { is: 'and', left, right: not() };
    return left;
  };
  const not = (): Node => (skip('not', '!') ? { is: 'not', of: deeper(not) } : comparison());
  const comparison = (): Node => {
    const left = sum();
    const operator = operatorOf(COMPARISONS);
    if (!operator) return left;
    const right = sum();
    const { at: column, value } = now();
    if (COMPARISONS.has(String(value))) {
      throw new NoExpression('comparisons do not chain; join them with "and"', column);
    }
    return { is: 'binary', operator, left, right };
  };
  const operatorOf = (known: ReadonlyMap<string, BinaryOperator>): BinaryOperator | undefined => {
    const token = now();
    const operator = token.is === 'symbol' ? known.get(token.value) : undefined;
    if (operator) at++;
    return operator;
  };
  const chain = (known: ReadonlyMap<string, BinaryOperator>, part: () => Node): Node => {
    let left = part();
    for (let operator = operatorOf(known); operator; operator = operatorOf(known)) {
      left = { is: 'binary', operator, left, right: part() };
    }
    return left;
  };
  const sum = (): Node => chain(SUMS, () => chain(PRODUCTS, signed));
  const signed = (): Node => (skip('-') ? { is: 'minus', of: deeper(signed) } : primary());
  const primary = (): Node => {
    const token = now();
    switch (token.is) {
      case 'number':
      case 'text':
        at++;
        return { is: 'constant', value: token.value };
      case 'symbol':
        if (!skip('(')) break;
        return bracketed();
      case 'path': {
        if (WORDS.includes(token.value)) break;
        at++;
        const constant = CONSTANTS.get(token.value);
        if (constant !== undefined) return { is: 'constant', value: constant };
        return skip('(') ? call(token) : { is: 'path', path: token.value.split('.') };
      }
      case 'end':
        break;
    }
    const what = token.is === 'end' ? 'the expression ends here' : `not "${token.value}"`;
    throw new NoExpression(`expected a field, a number or a quoted text; ${what}`, token.at);
  };
  const bracketed = (): Node => {
    const inner = deeper(or);
    expect(')', 'to close the bracket');
    return inner;
  };
  const call = ({ value, at: column }: Token): Node => {
    const is = FUNCTIONS.find((name) => name === value);
    if (!is) {
      const meant = nearest(String(value), FUNCTIONS);
      const hint = meant === undefined ? 'known: any, all, count' : `did you mean "${meant}"?`;
      throw new NoExpression(`unknown function "${value}"; ${hint}`, column);
    }
    const list = now();
    if (list.is !== 'path') throw new NoExpression(`expected the field of a list`, list.at);
    at++;
    if (is !== 'count') expect(',', `and a condition: ${is}(list, condition)`);
    const where = is !== 'count' || skip(',') ? deeper(or) : null;
    expect(')', 'to close the function');
    return { is, path: list.value.split('.'), where };
  };

  const whole = or();
  const rest = now();
  if (rest.is !== 'end') {
    throw new NoExpression(`"${rest.value}" is too much here; join with "and" or "or"`, rest.at);
  }
  return whole;
}
