import { StatementShape } from './statementShape.ts';

/** Of a statement; a longer one is always read. */
const longestBytes = 2048;
/** Shapes whose statements begin alike share a set. */
const sets = 64;
const ways = 4;
/** A statement's set is told by so many of its first bytes, as far as no literal may stand in them. */
const hashedBytes = 32;
/** One of so many that are not known is remembered: what comes often is soon among them, what comes once seldom. */
const rememberedOf = 8;
const [quote, zero] = [39, 48] as const;

/**
 * The shapes of the statements that came last: what applications send, they send again and again. At most 256 of 2 KiB;
 * of those that share a set, the one that was asked for least has to go.
 */
export class StatementShapes {
  readonly #shapes = new Array<StatementShape | undefined>(sets * ways).fill(undefined);
  #missed = 0;

  /** The shape of the statement at `from` to `to`, if it is known. */
  find(bytes: Uint8Array, from: number, to: number): StatementShape | undefined {
    const shapes = this.#shapes;
    const first = setOf(bytes, from, to) * ways;
    for (let slot = first; slot < first + ways; slot++) {
      const shape = shapes[slot];
      if (shape === undefined) return undefined;
      if (!shape.fits(bytes, from, to)) continue;
      if (slot > first) {
        shapes[slot] = shapes[slot - 1];
        shapes[slot - 1] = shape;
      }
      return shape;
    }
    return undefined;
  }

  /** Whether a statement of so many bytes that was not found is to be remembered. */
  wants(length: number): boolean {
    return length <= longestBytes && this.#missed++ % rememberedOf === 0;
  }

  /** Remembers the statement at `from` to `to`, if it has a shape; see `StatementShape.of`. */
  remember(bytes: Buffer, from: number, to: number, redacted: Uint8Array): void {
    const shape = StatementShape.of(bytes, from, to, redacted);
    if (shape === undefined) return;
    const first = setOf(bytes, from, to) * ways;
    const free = this.#shapes.indexOf(undefined, first);
    this.#shapes[free >= 0 && free < first + ways ? free : first + ways - 1] = shape;
  }
}

function setOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0;
  const last = Math.min(to, from + hashedBytes);
  for (let at = from; at < last; at++) {
    const code = bytes[at] ?? 0;
    if (code === quote || (code >= zero && code < zero + 10)) break;
    hash = (hash * 31 + code) | 0;
  }
  return (hash ^ (hash >>> 15)) & (sets - 1);
}
