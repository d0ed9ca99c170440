import { printable } from '../../schema/printable.ts';
import { NoExpression } from './problem.ts';

/** One word of an expression. `at`: its column, from 1. */
export type Token =
  | { readonly is: 'number'; readonly value: number; readonly at: number }
  | { readonly is: 'text'; readonly value: string; readonly at: number }
  /** A name or a path: `up`, `cpu.user`, `tables.0.name`. */
  | { readonly is: 'path'; readonly value: string; readonly at: number }
  | { readonly is: 'symbol'; readonly value: string; readonly at: number }
  | { readonly is: 'end'; readonly value: ''; readonly at: number };

const NUMBER = /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const PATH = /[A-Za-z_]\w*(?:\.\w+)*/y;
const SYMBOL = /&&|\|\||==|!=|!~|<=|>=|[<>=~!()+\-*/%,]/y;
const SPACE = /\s+/y;

/** Cuts an expression into its words, in one pass; throws {@link NoExpression}. */
export function tokens(text: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const [word] = pattern.exec(text) ?? [];
    if (word !== undefined) at += word.length;
    return word;
  };
  while (at < text.length) {
    if (take(SPACE) !== undefined) continue;
    const column = at + 1;
    const first = text.charAt(at);
    if (first === '"' || first === "'") {
      const { value, end } = quoted(text, at);
      found.push({ is: 'text', value, at: column });
      at = end;
      continue;
    }
    const path = take(PATH);
    if (path !== undefined) {
      found.push({ is: 'path', value: path, at: column });
      continue;
    }
    const number = take(NUMBER);
    if (number !== undefined) {
      found.push({ is: 'number', value: Number(number), at: column });
      continue;
    }
    const symbol = take(SYMBOL);
    if (symbol === undefined) throw new NoExpression(unknown(text, at), column);
    found.push({ is: 'symbol', value: symbol, at: column });
  }
  found.push({ is: 'end', value: '', at: text.length + 1 });
  return found;
}

/** The text between quotes; `\` takes the next character as it is. */
function quoted(text: string, start: number): { readonly value: string; readonly end: number } {
  let value = '';
  for (let at = start + 1; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === text[start]) return { value, end: at + 1 };
    value += char === '\\' ? text.charAt(++at) : char;
  }
  throw new NoExpression('the quote that opens here is not closed', start + 1);
}

function unknown(text: string, at: number): string {
  const char = text.charAt(at);
  if (char === '&' || char === '|')
    return `"${char}" is no operator; did you mean "${char}${char}"?`;
  return `"${printable(String.fromCodePoint(text.codePointAt(at) ?? 0))}" means nothing here`;
}
