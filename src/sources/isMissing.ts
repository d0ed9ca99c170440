/** Whether an error of the host says that a file is not there; what may not be seen is not missing. */
export const isMissing = (error: unknown): boolean =>
  ((error as { cause?: { code?: unknown } } | null)?.cause?.code ?? '') === 'ENOENT';
