import type { Node } from './node.ts';
import { parse } from './parse.ts';

/** A name in an expression. */
export interface UsedField {
  readonly path: readonly string[];
  /** The lists around it, from the outermost: the name may be one of their items'. */
  readonly within: readonly (readonly string[])[];
}

/** The fields that an expression names; `it` is none. The expression must be a valid one. */
export const fieldsOf = (text: string): readonly UsedField[] => [...visit(parse(text), [])];

function* visit(node: Node, within: UsedField['within']): Generator<UsedField> {
  switch (node.is) {
    case 'constant':
      return;
    case 'path':
      if (node.path[0] !== 'it' || within.length === 0) yield { path: node.path, within };
      return;
    case 'not':
    case 'minus':
      yield* visit(node.of, within);
      return;
    case 'and':
    case 'or':
    case 'binary':
      yield* visit(node.left, within);
      yield* visit(node.right, within);
      return;
    default:
      yield { path: node.path, within };
      if (node.where) yield* visit(node.where, [...within, node.path]);
  }
}
