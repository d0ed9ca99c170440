import { behindLiteral } from './behindLiteral.ts';
import { sameBytes } from '../sameBytes.ts';
import { Tokenizer } from './tokenizer.ts';

/** More literals are not remembered. */
const mostLiterals = 64;
const [question, quote] = [63, 39] as const;

/** Used again for each statement. */
const token = new Tokenizer();

/**
 * A statement without its literals. Statements that differ from it in plain literals alone become it, too, when they are
 * redacted: comparing tells that, so that they need not be read.
 */
export class StatementShape {
  /** The statement, with `?` for each literal. */
  readonly text: string;
  /** Bytes of JSON that it takes. */
  readonly size: number;
  /** Whether it was of use. */
  isUsed = false;
  readonly #view: DataView;
  /** Where each literal stood, and at last where the statement ends. */
  readonly #places: readonly number[];
  /** What each began with tells its kind: whether a quote. */
  readonly #quoted: readonly boolean[];

  private constructor(bytes: Buffer, places: readonly number[], quoted: readonly boolean[]) {
    this.text = bytes.toString();
    this.size = Buffer.byteLength(JSON.stringify(this.text)) - 2;
    // Of its own: a part of a buffer would keep the whole of it in memory.
    this.#view = new DataView(Uint8Array.from(bytes).buffer);
    this.#places = [...places, bytes.length];
    this.#quoted = quoted;
  }

  /**
   * The shape of the statement at `from` to `to`, behind which three zeros stand.
   *
   * @param redacted - What became of it, in UTF-8. A statement has no shape if more of it was replaced than plain literals.
   */
  static of(
    bytes: Buffer,
    from: number,
    to: number,
    redacted: Uint8Array,
  ): StatementShape | undefined {
    const places: number[] = [];
    const quoted: boolean[] = [];
    const pieces: Uint8Array[] = [];
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let length = 0;
    let kept = from;
    const keep = (end: number): void => {
      pieces.push(bytes.subarray(kept, end));
      length += end - kept;
    };
    token.begin(bytes, to, from);
    while (token.next()) {
      const { kind, start, end } = token;
      if (kind !== 'string' && kind !== 'number') continue;
      if (places.length === mostLiterals || behindLiteral(view, start, to) !== end)
        return undefined;
      keep(start);
      places.push(length++);
      quoted.push(bytes[start] === quote);
      pieces.push(literal);
      kept = end;
    }
    keep(to);
    const made = Buffer.concat(pieces, length);
    return made.equals(redacted) ? new StatementShape(made, places, quoted) : undefined;
  }

  /** Whether the statement at `from` to `to` is the same but for its literals. */
  fits(view: DataView, from: number, to: number): boolean {
    const own = this.#view;
    const places = this.#places;
    let at = from;
    let place = 0;
    for (let index = 0; ; index++) {
      const length = (places[index] ?? 0) - place;
      if (length > to - at || !sameBytes(own, place, view, at, length)) return false;
      at += length;
      place += length;
      if (place === own.byteLength) return at === to;
      // A literal of another kind may change how the text behind it is read.
      if (at >= to || (view.getUint8(at) === quote) !== this.#quoted[index]) return false;
      at = behindLiteral(view, at, to);
      if (at < 0) return false;
      place++;
    }
  }
}

const literal = Uint8Array.of(question);
