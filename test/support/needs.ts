/** Whether what some tests need is here; where it is not, says on the terminal why they are skipped. */
export function needs(what: string, isHere: unknown): boolean {
  if (!isHere) process.stderr.write(`skipped: needs ${what}\n`);
  return Boolean(isHere);
}
