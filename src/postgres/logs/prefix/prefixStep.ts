import { type Reach, maxValueChars, reachOf, shapeOf } from './prefixField.ts';
import type { PrefixToken } from './prefixTokens.ts';
import { type RawText, bytesOf } from '../rawText.ts';
import { standsAt } from '../standsAt.ts';

type Field = Extract<PrefixToken, { is: 'field' }>;

/** Passes over one piece of a prefix: the offset behind it, -1 where the line does not go on so. */
export type Step = Reach;

const space = 32;

/** How a piece is passed over, given the one behind it. */
export function stepOf(token: PrefixToken, next: PrefixToken | undefined): Step {
  if (token.is === 'session') return (_, at) => at;
  if (token.is === 'field') return fieldStep(token, next?.is === 'literal' ? next.text : undefined);
  const literal = bytesOf(token.text);
  const [code] = literal;
  if (literal.length === 1) return (bytes, at) => (bytes[at] === code ? at + 1 : -1);
  return (bytes, at) => (standsAt(bytes, at, literal) ? at + literal.length : -1);
}

/** Passes over a value and its padding; the server pads by bytes. */
function fieldStep({ escape, padding }: Field, literal: string | undefined): Step {
  const reach = reachOf(escape);
  const until = literal === undefined ? undefined : untilLiteral(literal);
  if (padding === 0) {
    const own: Step = (bytes, at, to) => {
      const end = reach ? reach(bytes, at, to) : -1;
      if (end >= 0) return end;
      return until && shapeOf(escape) === 'open' ? until(bytes, at, to) : -1;
    };
    if (reach && shapeOf(escape) === 'closed') return reach;
    return !reach && until ? until : own;
  }
  return (bytes, at, to) => {
    const least = Math.min(to, at + Math.abs(padding));
    let leading = at;
    if (padding > 0) while (leading < least && bytes[leading] === space) leading++;
    const own = reach && !(leading === least && padding > 0) ? reach(bytes, leading, to) : -1;
    if (own >= 0) return Math.max(own, least);
    if (shapeOf(escape) !== 'open') return least;
    return until ? until(bytes, least, to) : -1;
  };
}

/** Passes over free text up to the first place where a literal stands. */
function untilLiteral(text: RawText): Step {
  const literal = bytesOf(text);
  const [code] = literal;
  const single = literal.length === 1;
  return (bytes, at, to) => {
    const last = Math.min(to, at + maxValueChars + 1);
    for (let end = at; end < last; end++) {
      if (bytes[end] === code && (single || standsAt(bytes, end, literal))) return end;
    }
    return -1;
  };
}
