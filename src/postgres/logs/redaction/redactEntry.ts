import type { LogEntry } from '../entry.ts';
import { maskQuoted } from './maskQuoted.ts';
import { maskSecrets } from './maskSecrets.ts';
import { redactPlan } from '../plan/redactPlan.ts';
import { redactContext } from './redactContext.ts';
import { redactDetail } from './redactDetail.ts';
import { redactMessage } from './redactMessage.ts';
import type { RedactMode } from './redactMode.ts';
import { sqlRedactor } from './sqlRedactor.ts';

/**
 * Takes out of an entry what people wrote into their statements or rows; changes and returns it.
 *
 * - Statements lose their literals, also those inside messages (`duration: … statement: …`), contexts and deadlocks.
 * - Row values in DETAIL (`Key (id)=(1)`, `Failing row contains (…)`) and parameters become `?`.
 * - Other details become `?` where they may be a row: without a SQLSTATE, in another language, or with a SQLSTATE of
 *   values.
 * - Quoted values in the other texts become `?`; names behind a word that says what they are stay.
 *
 * Free text that an application wrote itself with RAISE stays, apart from what stands in quotes; `all` hides it.
 *
 * @param isMessageRedacted - The message was redacted as in `default` when it was read.
 */
export function redactEntry(
  entry: LogEntry,
  mode: RedactMode = 'default',
  isMessageRedacted = false,
): LogEntry {
  const { sqlstate, detail, hint, context, statement, internal_query, plan } = entry;
  const sql = sqlRedactor(mode);
  if (statement !== undefined) entry.statement = sql(statement);
  if (internal_query !== undefined) entry.internal_query = sql(internal_query);
  if (detail !== undefined) entry.detail = redactDetail(detail, sqlstate, mode, sql);
  if (context !== undefined) entry.context = redactContext(context, mode, sql);
  if (hint !== undefined) entry.hint = redactHint(hint, mode);
  if (plan !== undefined) entry.plan = redactPlan(plan, mode, sql);
  // Last, so that its size is known.
  if (!isMessageRedacted || mode === 'all') entry.message = redactMessage(entry, mode);
  return entry;
}

function redactHint(hint: string, mode: RedactMode): string {
  if (mode === 'all') return '?';
  if (mode === 'none') return hint;
  return mode === 'default' ? maskSecrets(maskQuoted(hint)) : maskSecrets(hint);
}
