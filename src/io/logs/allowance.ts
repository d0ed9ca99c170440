import type { LogChunk, LogMark } from '../../ports/logs.ts';

/** Bounds how far reading runs ahead of what needs no care any more. */
export interface Allowance {
  /** Counts what was handed out. */
  readonly handed: (chunk: Pick<LogChunk, 'fileId' | 'offset' | 'end'>) => void;
  /** All up to and including the chunk that ends at or before the mark is done. */
  readonly done: (mark: LogMark) => void;
  /** Whether more may be read now. */
  readonly open: () => boolean;
}

/**
 * Lets reading run at most `maxAheadBytes` (and one chunk) beyond the mark. A mark of a file behind which others were
 * read counts for all of the files before it.
 */
export function allowance(maxAheadBytes: number): Allowance {
  const handed: { fileId: string; end: number; bytes: number }[] = [];
  let ahead = 0;
  return {
    handed: ({ fileId, offset, end }) => {
      handed.push({ fileId, end, bytes: end - offset });
      ahead += end - offset;
    },
    done: ({ fileId, offset }) => {
      const last = handed.findLastIndex((chunk) => chunk.fileId === fileId && chunk.end <= offset);
      const first = handed.findIndex((chunk) => chunk.fileId === fileId);
      // A mark within the first chunk of a file: all of the files before it are done.
      for (const { bytes } of handed.splice(0, Math.max(last + 1, first))) ahead -= bytes;
    },
    open: () => ahead < maxAheadBytes,
  };
}
