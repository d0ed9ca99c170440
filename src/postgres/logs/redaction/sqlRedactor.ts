import { type RedactOptions, redact } from '../../sql/redact.ts';
import type { RedactMode } from './redactMode.ts';

/** Redacts one SQL text as a mode asks for. */
export type SqlRedactor = (text: string) => string;

const none: RedactOptions = { keepLiterals: true };
const literals: RedactOptions = {};
const tags: RedactOptions = { onlyTag: true };

/** What is done with statements in a mode. */
export function redactOptions(mode: RedactMode): RedactOptions {
  if (mode === 'none') return none;
  return mode === 'all' ? tags : literals;
}

/** Does it. */
export function sqlRedactor(mode: RedactMode): SqlRedactor {
  const options = redactOptions(mode);
  return (text) => redact(text, options);
}
