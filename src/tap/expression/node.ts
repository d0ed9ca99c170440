/** Compares or computes; both sides are values. */
export type BinaryOperator =
  '==' | '!=' | '<' | '<=' | '>' | '>=' | '~' | '!~' | '+' | '-' | '*' | '/' | '%';

/** An expression that was read. */
export type Node =
  | { readonly is: 'constant'; readonly value: null | boolean | number | string }
  | { readonly is: 'path'; readonly path: readonly string[] }
  | { readonly is: 'not' | 'minus'; readonly of: Node }
  | { readonly is: 'and' | 'or'; readonly left: Node; readonly right: Node }
  | {
      readonly is: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Node;
      readonly right: Node;
    }
  /** `where` is judged for each item of the list at `path`; without it every item counts. */
  | {
      readonly is: 'any' | 'all' | 'count';
      readonly path: readonly string[];
      readonly where: Node | null;
    };
