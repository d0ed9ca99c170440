import { setFlagsFromString } from 'node:v8';

/** Bytes of bytecode that a function runs before V8 thinks of machine code for it: some 15 times its default. */
const BUDGET = 1_000_000;

/**
 * Has V8 make machine code only of what runs much. An agent works for a moment every few seconds: what the compiler takes
 * for all that is a little warm, a fifth of its CPU and some megabytes, is not earned back. What is really hot, as the reading
 * of a long log, gets its machine code milliseconds later.
 *
 * In the V8 of Node 20 only: later ones count calls instead, have a cheaper compiler in between, and refuse the option.
 */
export function optimizeLate(): void {
  if (process.versions.v8.startsWith('11.')) setFlagsFromString(`--interrupt-budget=${BUDGET}`);
}
