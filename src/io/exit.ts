/** How long a reader of stdout and stderr may take for what was written, in ms. */
const PATIENCE_MS = 1_000;

/** Ends the process with a code as soon as stdout and stderr have taken what was written. */
export function exit(code: number): void {
  const waiting = [process.stdout, process.stderr].filter((stream) => stream.writableLength > 0);
  let left = waiting.length;
  if (left === 0) process.exit(code);
  setTimeout(() => process.exit(code), PATIENCE_MS);
  for (const stream of waiting) {
    stream.write('', () => {
      if (--left === 0) process.exit(code);
    });
  }
}
