/** Least bound of a recording, in bytes: the header and the last line must fit. */
export const MIN_RECORDING_BYTES = 4_096;
