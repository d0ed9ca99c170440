/** Why a text is no expression, and where: `column` counts from 1. */
export interface ExpressionProblem {
  readonly problem: string;
  readonly column: number;
}

/** Ends the reading of an expression; never leaves `expression`. */
export class NoExpression extends Error {
  readonly column: number;
  constructor(problem: string, column: number) {
    super(problem);
    this.column = column;
  }
}

/** The problem for a person: what is wrong, the expression, and a caret under the place. */
export const pointAt = (text: string, { problem, column }: ExpressionProblem): string =>
  `${problem} (column ${column})\n    ${text.replace(/\p{C}/gu, ' ')}\n    ${' '.repeat(column - 1)}^`;
