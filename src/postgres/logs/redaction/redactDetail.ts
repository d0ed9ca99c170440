import { maskQuoted } from './maskQuoted.ts';
import { maskSecrets } from './maskSecrets.ts';
import type { RedactMode } from './redactMode.ts';
import type { SqlRedactor } from './sqlRedactor.ts';

/** Messages of integrity violations: what stands in the second pair of parentheses is a row. */
const keyFrame = /^(Key \([^\n]*?\))=\(/;
const rowFrame =
  /^(Failing row contains|Partition key of the failing row contains[^=\n]{0,2000}=) ?\(/;
const parameters = /^(?:Query )?[Pp]arameters:? /;
const deadlock = /^Process \d+ waits for [^\n]*(?:\nProcess \d+ waits for [^\n]*)*/;
const ofStatement = /^(?:(?:prepare|Source|Query|Query was):?|Failed process was running:) /;
const ofCommand = /^(The failed (?:archive|restore|recovery_end|archive_cleanup) command was: )/;

/** SQLSTATE classes whose details hold values: data, constraints, and what a function raised. */
const ofValues = /^(?:22|23|P0)/;
/** Words that a sentence in English has, and one in no other language of the server. */
const english = /\b(?:the|is|are|of|cannot|does|has)\b/i;

/**
 * A DETAIL without values. Those that hold statements or parameters lose their literals; rows become `?`, and so does
 * as a whole what may be one: without a SQLSTATE, in another language, or with a SQLSTATE of values.
 */
export function redactDetail(
  detail: string,
  sqlstate: string | undefined,
  mode: RedactMode,
  sql: SqlRedactor,
): string {
  if (mode === 'none') return detail;
  if (detail.startsWith('Parameters: ')) return 'Parameters: ?';
  const given = parameters.exec(detail)?.[0];
  if (given !== undefined) return `${given}?`;
  const waits = deadlock.exec(detail)?.[0];
  if (waits !== undefined) return redactDeadlock(waits, detail.slice(waits.length), sql);
  const head = ofStatement.exec(detail)?.[0];
  if (head !== undefined) return head + sql(detail.slice(head.length));
  if (mode === 'statements') return maskSecrets(detail);
  if (mode === 'all' || sqlstate === undefined) return '?';
  const key = keyFrame.exec(detail);
  if (key) return `${key[1] ?? ''}=(?)${tail(detail)}`;
  const row = rowFrame.exec(detail);
  if (row) return `${row[1] ?? ''} (?).`;
  const command = ofCommand.exec(detail)?.[1];
  if (command !== undefined) return `${command}?`;
  if (ofValues.test(sqlstate)) return '?';
  const masked = maskSecrets(maskAssigned(maskQuoted(detail)));
  // A word in a value says nothing about the sentence around it.
  return english.test(masked) ? masked : '?';
}

/** The words behind the row, if they are the server's. */
const tail = (detail: string): string =>
  /\)( already exists\.| is not present in table "[^"\n]*"\.| is still referenced from table "[^"\n]*"\.| is duplicated\.)$/.exec(
    detail,
  )?.[1] ?? '';

/**
 * A deadlock's participants. Their statements are redacted as one text, in which the processes stand as names in quotes:
 * what looks like the next process within a literal is a part of it.
 */
function redactDeadlock(waits: string, statements: string, sql: SqlRedactor): string {
  const marked = statements.replace(/\n(Process \d{1,10}: )/g, ';\n"$1";');
  return waits + sql(marked).replace(/;\n"(Process \d{1,10}: )";/g, '\n$1');
}

/** `(name)=(value)` anywhere. */
const maskAssigned = (text: string): string => text.replace(/\)=\([^\n]*\)/g, ')=(?)');
