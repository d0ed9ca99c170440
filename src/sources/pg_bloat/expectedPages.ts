/** A column as `widths` of the SQL tells it. */
interface Width {
  /** Mean bytes over all rows: a NULL takes none. */
  readonly bytes: number;
  /** `pg_attribute.attlen`: -1 where it varies. */
  readonly length: number;
  /** Its alignment in bytes. */
  readonly alignment: number;
}

/** What a relation holds. */
export interface Contents {
  readonly kind: 'table' | 'index';
  /** `pg_class.reltuples`. */
  readonly rows: number;
  /** In percent. */
  readonly fillfactor: number;
  readonly nulls: boolean;
  readonly widths: readonly Width[];
  readonly blockSize: number;
}

const alignments: Readonly<Record<string, number>> = { c: 1, s: 2, i: 4, d: 8 };
/** Everything in a page begins at a multiple of it, on 64-bit machines. */
const MAXALIGN = 8;
const PAGE_HEADER = 24;
/** Of a btree page, at its end. */
const BTREE_SPECIAL = 16;
const LINE_POINTER = 4;
/** A varying value up to this long has a short header and is not aligned. */
const SHORT = 126;

const aligned = (bytes: number, alignment: number): number =>
  Math.ceil(bytes / alignment) * alignment;

/** Reads `4.00 4 i,31.50 -1 i`. */
export const widthsOf = (text: string): readonly Width[] =>
  text.split(',').map((column) => {
    const [bytes = '', length = '', alignment = ''] = column.split(' ');
    return {
      bytes: Number(bytes),
      length: Number(length),
      alignment: alignments[alignment] ?? MAXALIGN,
    };
  });

/**
 * How many pages a relation would have if it were written anew, from the mean widths of its columns: each row with its
 * header, NULL bitmap and alignment, pages filled to the fillfactor. An estimate: it knows means, not rows, and nothing of
 * columns that were dropped. Deduplicated btree indexes come out smaller than it expects.
 */
export function expectedPages({
  kind,
  rows,
  fillfactor,
  nulls,
  widths,
  blockSize,
}: Contents): number {
  const data = widths.reduce((offset, { bytes, length, alignment }) => {
    const unaligned = bytes === 0 || (length < 0 && bytes <= SHORT);
    return (unaligned ? offset : aligned(offset, alignment)) + bytes;
  }, 0);
  const bitmap = nulls ? Math.ceil(widths.length / 8) : 0;
  const header = aligned(kind === 'table' ? 23 + bitmap : 8 + bitmap, MAXALIGN);
  const row = LINE_POINTER + aligned(header + data, MAXALIGN);
  const room = (blockSize - PAGE_HEADER - (kind === 'index' ? BTREE_SPECIAL : 0)) * fillfactor;
  const perPage = Math.max(1, Math.floor(room / 100 / row));
  const leaves = Math.ceil(rows / perPage);
  if (kind === 'table') return leaves;
  // A meta page, the leaves, and the pages that lead to them.
  return 1 + leaves + (leaves > 1 ? Math.ceil(leaves / perPage) : 0);
}
