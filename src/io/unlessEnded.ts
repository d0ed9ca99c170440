/** Does something where the process has not ended by itself after so many ms; it does not keep the process alive. */
export function unlessEnded(afterMs: number, work: () => void): void {
  setTimeout(work, afterMs).unref();
}
