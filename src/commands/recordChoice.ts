/** What to record into. */
export interface RecordChoice {
  /** Gzip where it ends in `.gz`. Must not exist. */
  readonly file: string;
  /** Bound of the recording before compression, in bytes. */
  readonly maxBytes: number;
  /** What is recorded, in words, for the header. */
  readonly scenario?: string;
  /** Further folders and names, and what stands for each in the recording. */
  readonly places?: ReadonlyMap<string, string>;
}

/** Bound of a recording where none is given: an hour of a server with a few databases. */
export const DEFAULT_RECORDING_BYTES = 64 * 1024 * 1024;
