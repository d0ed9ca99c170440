import { StatementShape } from './statementShape.ts';

/** Of a statement; a longer one is always read. */
const longestBytes = 2048;
/** Shapes whose statements begin alike share a set. */
const sets = 64;
const ways = 4;
/** How a statement begins is told by so many of its first bytes, as far as no literal may stand in them. */
const hashedBytes = 32;
/** One of so many that are not known is remembered: of what comes often, one is soon among them. */
const often = 8;
/** The same where statements come that do not come again: remembering costs more than reading. */
const seldom = 512;
const [quote, zero] = [39, 48] as const;

/**
 * The shapes of the statements that came last: what applications send, they send again and again. At most 256 of 2 KiB;
 * of those that share a set, the one that was asked for least has to go.
 */
export class StatementShapes {
  readonly #shapes = new Array<StatementShape | undefined>(sets * ways).fill(undefined);
  /** How their statements begin: a number made of the first bytes. */
  readonly #beginnings = new Int32Array(sets * ways);
  #unknown = 0;
  #rememberedOf = often;

  /** The shape of the statement at `from` to `to`, if it is known. */
  find(view: DataView, from: number, to: number): StatementShape | undefined {
    const beginning = beginningOf(view, from, to);
    const first = firstOf(beginning);
    for (let slot = first; slot < first + ways; slot++) {
      if (this.#beginnings[slot] !== beginning) continue;
      const shape = this.#shapes[slot];
      if (!shape?.fits(view, from, to)) continue;
      shape.isUsed = true;
      if (slot > first) this.#swap(slot, slot - 1);
      return shape;
    }
    return undefined;
  }

  /** Whether a statement of so many bytes that was not found is to be remembered. */
  wants(length: number): boolean {
    if (length > longestBytes || ++this.#unknown < this.#rememberedOf) return false;
    this.#unknown = 0;
    return true;
  }

  /** Remembers the statement at `from` to `to`, if it has a shape; see `StatementShape.of`. */
  remember(bytes: Buffer, from: number, to: number, redacted: Uint8Array): void {
    const shape = StatementShape.of(bytes, from, to, redacted);
    if (shape === undefined) return;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const beginning = beginningOf(view, from, to);
    const first = firstOf(beginning);
    const free = this.#shapes.indexOf(undefined, first);
    const slot = free >= 0 && free < first + ways ? free : first + ways - 1;
    const isInVain = this.#shapes[slot]?.isUsed === false;
    this.#rememberedOf = isInVain ? Math.min(this.#rememberedOf * 2, seldom) : often;
    this.#shapes[slot] = shape;
    this.#beginnings[slot] = beginning;
  }

  #swap(slot: number, other: number): void {
    const shapes = this.#shapes;
    const beginnings = this.#beginnings;
    [shapes[slot], shapes[other]] = [shapes[other], shapes[slot]];
    [beginnings[slot], beginnings[other]] = [beginnings[other] ?? 0, beginnings[slot] ?? 0];
  }
}

function beginningOf(view: DataView, from: number, to: number): number {
  let hash = 0;
  const last = Math.min(to, from + hashedBytes);
  for (let at = from; at < last; at++) {
    const code = view.getUint8(at);
    if (code === quote || (code >= zero && code < zero + 10)) break;
    hash = (hash * 31 + code) | 0;
  }
  return hash;
}

/** The first slot of its set. */
const firstOf = (beginning: number): number =>
  ((beginning ^ (beginning >>> 15)) & (sets - 1)) * ways;
