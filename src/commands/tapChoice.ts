import { type Selection, everything, isNarrow } from '../tap/selection.ts';

/** How a tap writes. */
export const formats = ['pretty', 'ndjson', 'json', 'csv'] as const;
export type TapFormat = (typeof formats)[number];

/** What a tap shows, how, and until when. */
export interface TapChoice {
  /** `at: []` leaves the stages to the format. */
  readonly selection: Selection;
  /** Null: `pretty` on a terminal, `ndjson` elsewhere. */
  readonly format: TapFormat | null;
  /** Dotted paths; none: all. */
  readonly fields: readonly string[];
  /** Ends after so many; null: never. */
  readonly count: number | null;
  /** Ends after this time, in ms; null: never. */
  readonly forMs: number | null;
  /** Ends with the first that is selected (a condition of `selection.where`); fails where none came in time. */
  readonly expect: boolean;
  /** A live table by the rate of this field; null: none. */
  readonly top: string | null;
  /** `postgres://…`: watch this server, without a configuration; null: what is configured. */
  readonly target: string | null;
}

/** A tap without flags. */
export const plainTap: TapChoice = {
  selection: { ...everything, at: [] },
  format: null,
  fields: [],
  count: null,
  forMs: null,
  expect: false,
  top: null,
  target: null,
};

/** The format and selection of a choice where they depend on who reads. */
export function forReader(
  choice: TapChoice,
  isTerminal: boolean,
): { readonly format: TapFormat; readonly selection: Selection } {
  const { selection } = choice;
  const format = choice.format ?? (isTerminal && !choice.expect ? 'pretty' : 'ndjson');
  if (selection.at.length > 0) return { format, selection };
  const events = format === 'pretty' && choice.top === null && !isNarrow(selection);
  return { format, selection: { ...selection, at: ['validated'], events } };
}
