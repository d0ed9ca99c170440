import { redact } from '../redact.ts';
import type { LogEntry } from './entry.ts';
import { maskQuoted } from './maskQuoted.ts';
import { redactPlan } from './redactPlan.ts';

/**
 * An entry without the values that people wrote into their statements or rows.
 *
 * - Statements lose their literals, also those inside messages (`duration: … statement: …`), contexts and deadlocks.
 * - Row values in DETAIL (`Key (id)=(1)`, `Failing row contains (…)`) and parameters become `?`.
 * - Other details become `?` where they may be a row: without a SQLSTATE, or with one of values.
 * - Quoted values in the other texts become `?`; names behind a word that says what they are stay.
 *
 * Free text that an application wrote itself with RAISE stays, apart from what stands in quotes.
 */
export function redactEntry(entry: LogEntry): LogEntry {
  const redacted = { ...entry, message: redactMessage(entry.message) };
  const { detail, hint, context, statement, internal_query } = entry;
  if (detail !== undefined) redacted.detail = redactDetail(detail, entry.sqlstate);
  if (hint !== undefined) redacted.hint = maskQuoted(hint);
  if (context !== undefined) redacted.context = redactContext(context);
  if (statement !== undefined) redacted.statement = redact(statement);
  if (internal_query !== undefined) redacted.internal_query = redact(internal_query);
  return redacted;
}

const planIn = /^duration: [\d.]+ ms {2}plan:\s/;

/** Words behind which a message goes on with a statement (postgres.c, auto_explain.c). */
const statementIn =
  /^(?:duration: [\d.]+ ms {2})?(?:statement|parse [^:\n]{0,200}|bind [^:\n]{0,200}|execute [^:\n]{0,200}|fastpath function call|Query Text):\s/;

function redactMessage(message: string): string {
  const plan = planIn.exec(message)?.[0];
  if (plan !== undefined) return plan + redactPlan(message.slice(plan.length));
  const before = statementIn.exec(message)?.[0];
  if (before === undefined) return maskQuoted(message);
  return before + redact(message.slice(before.length));
}

/** Messages of integrity violations: what stands in the second pair of parentheses is a row. */
const keyFrame = /^(Key \([^\n]*?\))=\(/;
const rowFrame =
  /^(Failing row contains|Partition key of the failing row contains[^=\n]{0,2000}=) ?\(/;
const parameters = /^(?:Query )?[Pp]arameters:? /;
const process = /^(Process \d+: )([^]*)$/;

/** SQLSTATE classes whose details hold values: data, constraints, and what a function raised. */
const ofValues = /^(?:22|23|P0)/;

function redactDetail(detail: string, sqlstate: string | undefined): string {
  const key = keyFrame.exec(detail);
  if (key) return `${key[1] ?? ''}=(?)${tail(detail)}`;
  if (rowFrame.test(detail)) return `${rowFrame.exec(detail)?.[1] ?? ''} (?).`;
  if (parameters.test(detail)) return `${parameters.exec(detail)?.[0] ?? ''}?`;
  if (detail.startsWith('Process ')) return redactDeadlock(detail);
  if (/^(?:prepare|Source|Query):? /.test(detail)) {
    const [word = ''] = detail.split(/(?<=:) /, 1);
    return `${word} ${redact(detail.slice(word.length + 1))}`;
  }
  // In another language, or of who knows what message: it may be a row.
  if (sqlstate === undefined || ofValues.test(sqlstate)) return '?';
  return maskAssigned(maskQuoted(detail));
}

/** The words behind the row, if they are the server's. */
const tail = (detail: string): string =>
  /\)( already exists\.| is not present in table "[^"\n]*"\.| is still referenced from table "[^"\n]*"\.| is duplicated\.)$/.exec(
    detail,
  )?.[1] ?? '';

/** A deadlock's participants; each statement begins in a line of its own and may go on in others. */
const redactDeadlock = (detail: string): string =>
  detail
    .split(/\n(?=Process \d)/)
    .map((part) => {
      const [, head, sql] = process.exec(part) ?? [];
      return head === undefined ? maskQuoted(part) : head + redact(sql ?? '');
    })
    .join('\n');

/** Contexts stand in lines of their own; a statement in one may go on in the next. */
const redactContext = (context: string): string =>
  context
    .split(
      /\n(?=(?:SQL |PL\/|COPY |unnamed portal|portal |remote |while |JSON data|parallel worker|extension ))/,
    )
    .map((part) => {
      const [, head, inner, end] = /^(SQL (?:statement|expression) ")([^]*?)("?)$/.exec(part) ?? [];
      if (head !== undefined) return head + redact(inner ?? '') + (end ?? '');
      return /^(?:unnamed )?portal\b/.test(part) ? maskQuoted(part, false) : maskQuoted(part);
    })
    .join('\n');

/** `(name)=(value)` anywhere. */
const maskAssigned = (text: string): string => text.replace(/\)=\([^\n]*\)/g, ')=(?)');
