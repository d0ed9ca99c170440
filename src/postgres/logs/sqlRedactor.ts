import { redact } from '../redact.ts';
import type { RedactMode } from './redactMode.ts';

/** Redacts one SQL text as a mode asks for. */
export type SqlRedactor = (text: string) => string;

const none: SqlRedactor = (text) => redact(text, { keepLiterals: true });
const literals: SqlRedactor = (text) => redact(text);
const tags: SqlRedactor = (text) => redact(text, { onlyTag: true });

/** What is done with statements in a mode. */
export function sqlRedactor(mode: RedactMode): SqlRedactor {
  if (mode === 'none') return none;
  return mode === 'all' ? tags : literals;
}
