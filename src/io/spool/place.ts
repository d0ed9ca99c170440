/**
 * The place of a payload in the order of the spool: `000000000042.payload`; halves of it `000000000042-0.payload`,
 * halves of a half `000000000042-0-1.payload`. Acknowledged ones end in `.payload.acked`.
 */
export interface Place {
  /** From 1; counts up for ever. */
  readonly sequence: number;
  /** Which part of a payload that was split: `''` the whole, `0` and `1` its halves, `01` the second half of the first. */
  readonly part: string;
}

/** A file of the spool by its name. */
export interface NamedPlace extends Place {
  readonly acked: boolean;
}

const NAME = /^(\d{12,15})((?:-[01])*)\.payload(\.acked)?$/;

/** The file's name. */
export const nameOf = ({ sequence, part }: Place): string =>
  `${String(sequence).padStart(12, '0')}${part.replace(/./g, '-$&')}.payload`;

/** The name of the file when it was acknowledged. */
export const ackedNameOf = (place: Place): string => `${nameOf(place)}.acked`;

/** What a name says; null where it is none of the spool's. */
export function placeOf(name: string): NamedPlace | null {
  const match = NAME.exec(name);
  if (match === null) return null;
  const [, sequence, part = '', acked] = match;
  return {
    sequence: Number(sequence),
    part: part.replaceAll('-', ''),
    acked: acked !== undefined,
  };
}

/** Negative where `a` comes first. A half comes after what it is a half of. */
export const byPlace = (a: Place, b: Place): number =>
  a.sequence - b.sequence || (a.part < b.part ? -1 : a.part > b.part ? 1 : 0);

/** What a half was cut from, and what that was cut from. */
export const wholesOf = ({ sequence, part }: Place): Place[] =>
  Array.from(part, (_, length) => ({ sequence, part: part.slice(0, length) }));

/** The place of a half. */
export const halfOf = ({ sequence, part }: Place, index: number): Place => ({
  sequence,
  part: `${part}${index}`,
});
