import type { Json } from '../../schema/json.ts';
import { wildcard } from '../../schema/wildcard.ts';
import { valueAt } from '../valueAt.ts';
import type { BinaryOperator, Node } from './node.ts';

/** What names stand for: the row of the innermost list function, then the rows around it. */
export interface Scope {
  readonly row: Json;
  readonly outer: Scope | null;
}

/** Computes an expression's value; never throws. */
export type Evaluate = (scope: Scope) => Json;

/** An expression that was read, as functions. Its cost is the number of its words times the items of the lists in it. */
export function compile(node: Node): Evaluate {
  switch (node.is) {
    case 'constant':
      return () => node.value;
    case 'path':
      return (scope) => lookUp(scope, node.path);
    case 'not': {
      const of = compile(node.of);
      return (scope) => !truth(of(scope));
    }
    case 'minus': {
      const of = compile(node.of);
      return (scope) => finite(-(numberOf(of(scope)) ?? NaN));
    }
    case 'and':
    case 'or': {
      const [left, right] = [compile(node.left), compile(node.right)];
      return node.is === 'and'
        ? (scope) => truth(left(scope)) && truth(right(scope))
        : (scope) => truth(left(scope)) || truth(right(scope));
    }
    case 'binary': {
      const [left, right] = [compile(node.left), compile(node.right)];
      const operate = operations[node.operator];
      return (scope) => operate(left(scope), right(scope));
    }
    default:
      return overList(node);
  }
}

/** Null, false, 0 and the empty text are no; the rest is yes. */
export const truth = (value: Json): boolean =>
  value !== null && value !== false && value !== 0 && value !== '';

type Over = Extract<Node, { is: 'any' | 'all' | 'count' }>;

/** The list is a field of the innermost row alone: lists within lists are read once each, not once per item around. */
function overList({ is, path, where }: Over): Evaluate {
  const fits = where === null ? () => true : compile(where);
  return (scope) => {
    const list = valueAt(scope.row, path);
    if (!isList(list)) return is === 'count' ? null : false;
    const judge = (row: Json): boolean => truth(fits({ row, outer: scope }));
    if (is === 'any') return list.some(judge);
    if (is === 'all') return list.every(judge);
    return list.reduce<number>((count, row) => (judge(row) ? count + 1 : count), 0);
  };
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

/** `it` is the row itself, for lists of plain values. */
function lookUp(scope: Scope, path: readonly string[]): Json {
  const [first = ''] = path;
  if (first === 'it' && scope.outer !== null) return valueAt(scope.row, path.slice(1));
  for (let at: Scope | null = scope; at !== null; at = at.outer) {
    const { row } = at;
    if (typeof row === 'object' && row !== null && Object.hasOwn(row, first)) {
      return valueAt(row, path);
    }
  }
  return null;
}

/** 64-bit integers travel as digits where a number cannot hold them: they count as numbers. */
const DIGITS = /^-?\d{16,19}$/;
const numberOf = (value: Json): number | undefined =>
  typeof value === 'number'
    ? value
    : typeof value === 'string' && DIGITS.test(value)
      ? Number(value)
      : undefined;

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

const same = (left: Json, right: Json): boolean => {
  if (left === right) return true;
  if (typeof left === typeof right) return false;
  const [a, b] = [numberOf(left), numberOf(right)];
  return a !== undefined && a === b;
};

/** Numbers by size, texts by their characters; undefined for what has no order. */
function order(left: Json, right: Json): number | undefined {
  if (typeof left === 'string' && typeof right === 'string') {
    const [a, b] =
      DIGITS.test(left) && DIGITS.test(right) ? [BigInt(left), BigInt(right)] : [left, right];
    return a < b ? -1 : a > b ? 1 : 0;
  }
  const [a, b] = [numberOf(left), numberOf(right)];
  return a === undefined || b === undefined ? undefined : a - b;
}

const ordered =
  (fits: (order: number) => boolean) =>
  (left: Json, right: Json): boolean => {
    const found = order(left, right);
    return found !== undefined && fits(found);
  };

const arithmetic =
  (compute: (a: number, b: number) => number) =>
  (left: Json, right: Json): number | null => {
    const [a, b] = [numberOf(left), numberOf(right)];
    return a === undefined || b === undefined ? null : finite(compute(a, b));
  };

const fitsGlob = (text: Json, pattern: Json): boolean =>
  typeof text === 'string' && typeof pattern === 'string' && wildcard(pattern, text);

const operations: Readonly<Record<BinaryOperator, (left: Json, right: Json) => Json>> = {
  '==': same,
  '!=': (left, right) => !same(left, right),
  '<': ordered((found) => found < 0),
  '<=': ordered((found) => found <= 0),
  '>': ordered((found) => found > 0),
  '>=': ordered((found) => found >= 0),
  '~': fitsGlob,
  '!~': (text, pattern) => !fitsGlob(text, pattern),
  '+': arithmetic((a, b) => a + b),
  '-': arithmetic((a, b) => a - b),
  '*': arithmetic((a, b) => a * b),
  '/': arithmetic((a, b) => a / b),
  '%': arithmetic((a, b) => a % b),
};
