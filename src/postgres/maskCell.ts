import { type RedactOptions, redact } from './sql/redact.ts';

/** Words that a statement begins with, behind comments and parentheses. */
const statement =
  /^(?:\s|\(|--[^\n]*(?:\n|$)|\/\*[^]*?\*\/)*(?:abort|alter|analyze|begin|call|checkpoint|close|cluster|comment|commit|copy|create|deallocate|declare|delete|discard|do|drop|end|execute|explain|fetch|grant|import|insert|listen|load|lock|merge|move|notify|prepare|reassign|refresh|reindex|release|reset|revoke|rollback|savepoint|security|select|set|show|start|table|truncate|unlisten|update|vacuum|values|with)\b\s*\S/i;

/**
 * A value that a query returned, without what its author wrote into it: what looks like a statement is redacted, from
 * whichever query it came. Single words (`insert` in a list of commands) stay.
 */
export const maskCell = (text: string | null, options?: RedactOptions): string | null =>
  text !== null && statement.test(text) ? redact(text, options) : text;
