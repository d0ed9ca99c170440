import { sameBytes } from '../sameBytes.ts';
import { type RawBytes, viewOf } from './rawText.ts';

/** What was read of a piece of a record. */
export interface KnownPiece<Known> {
  /** Bytes that it takes. */
  readonly length: number;
  readonly known: Known;
}

/**
 * Pieces of records that sessions write again and again: they are compared instead of read. A piece in a slot stands for
 * the bytes that were read then, so that what is read of the same bytes again is the same.
 *
 * A piece gets the slot of another when it is missed twice, and that was not found meanwhile: remembering takes longer
 * than reading once, and so it should not be done for who writes once, or to and fro for two who share a slot.
 */
export class PieceMemory<Known> {
  readonly #pieces: (KnownPiece<Known> | undefined)[];
  /** By slot, which was missed last; 0 where the slot's own was found since. */
  readonly #missed: Int32Array;
  readonly #bytes: Buffer;
  readonly #view: DataView;
  readonly #room: number;

  /**
   * @param slots - A power of two.
   * @param room - Bytes of each. A longer piece is read in each record.
   */
  constructor(slots: number, room: number) {
    this.#pieces = new Array<KnownPiece<Known> | undefined>(slots).fill(undefined);
    this.#missed = new Int32Array(slots);
    this.#bytes = Buffer.alloc(slots * room);
    this.#view = viewOf(this.#bytes);
    this.#room = room;
  }

  /**
   * What stands at `at`, if it is remembered, and ends before `to`.
   *
   * @param hash - Any whole number, the same for pieces that are alike.
   */
  find(hash: number, view: DataView, at: number, to: number): KnownPiece<Known> | undefined {
    const slot = hash & (this.#pieces.length - 1);
    const piece = this.#pieces[slot];
    if (piece === undefined || at + piece.length >= to) return undefined;
    if (!sameBytes(this.#view, slot * this.#room, view, at, piece.length)) return undefined;
    this.#missed[slot] = 0;
    return piece;
  }

  /** Whether a piece that was not found is to be remembered. */
  wants(hash: number): boolean {
    const slot = hash & (this.#pieces.length - 1);
    if (this.#pieces[slot] === undefined || this.#missed[slot] === (hash | 0)) return true;
    this.#missed[slot] = hash;
    return false;
  }

  /** Remembers what was read of the bytes at `at` to `end`. */
  keep(hash: number, bytes: RawBytes, at: number, end: number, known: Known): void {
    const length = end - at;
    if (length > this.#room) return;
    const slot = hash & (this.#pieces.length - 1);
    bytes.copy(this.#bytes, slot * this.#room, at, end);
    this.#pieces[slot] = { length, known };
    this.#missed[slot] = 0;
  }
}
