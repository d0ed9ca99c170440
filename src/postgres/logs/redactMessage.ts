import { redactFrom } from '../redact.ts';
import type { LogEntry } from './entry.ts';
import { maskQuoted } from './maskQuoted.ts';
import { maskSecrets } from './maskSecrets.ts';
import type { RedactMode } from './redactMode.ts';
import type { SqlRedactor } from './sqlRedactor.ts';

/**
 * A message without values: a statement in it is redacted as such. In other texts what stands in quotes becomes `?`;
 * where a value is quoted, up to the last quote of the message, as the server does not double those within.
 */
export function redactMessage(entry: LogEntry, mode: RedactMode, sql: SqlRedactor): string {
  const { message, event, plan, sqlstate } = entry;
  if (event === 'plan') return plan === undefined ? withoutPlan(message) : message;
  const at = statementAt(message);
  if (at > 0) {
    return mode === 'default'
      ? redactFrom(message, at)
      : message.slice(0, at) + sql(message.slice(at));
  }
  if (mode === 'none') return message;
  if (mode === 'statements') return maskSecrets(message);
  if (mode === 'default') return maskSecrets(maskValues(message, sqlstate, true));
  const isFree = event === undefined || event === 'raised' || event === 'assert_failed';
  return isFree ? '?' : maskSecrets(maskValues(message, sqlstate, false));
}

const space = 32;

/** Where a statement begins in a message (postgres.c); -1 where there is none. */
function statementAt(message: string): number {
  if (message.startsWith('duration: ')) {
    const behind = unitAt(message);
    let colon = behind < 0 ? -1 : message.indexOf(':', behind + 5);
    while (colon >= 0 && message.charCodeAt(colon + 1) !== space) {
      colon = message.indexOf(':', colon + 1);
    }
    return colon < 0 ? behind + 5 : colon + 2;
  }
  if (message.startsWith('statement: ')) return 11;
  if (message.startsWith('execute ') || message.startsWith('fastpath ')) {
    return message.indexOf(': ') + 2 || -1;
  }
  // The same in another language: a duration, its unit, two spaces.
  const found = / {2}/.test(message.slice(0, 100))
    ? /^[^\n]{0,80}?\d \S{1,12} {2}/.exec(message.slice(0, 120))
    : null;
  return found ? found[0].length : -1;
}

/** Where ` ms  ` stands: nearly always at the first space. */
function unitAt(message: string): number {
  const at = message.indexOf(' ', 10);
  return message.startsWith(' ms  ', at) ? at : message.indexOf(' ms  ', 10);
}

/** A plan that cannot be read is hidden. */
function withoutPlan(message: string): string {
  const at = message.indexOf('plan:') + 5;
  return `${message.slice(0, at)}\n?`;
}

/** Words behind which a quote opens a value, which may hold quotes itself. */
const opensValue = /(?:: | changed to | near | after |\b(?:value|string|zone|unit|name|data) )"/;

function maskValues(message: string, sqlstate: string | undefined, keepNames: boolean): string {
  if (!message.includes('"')) return maskQuoted(message, keepNames);
  const isOfValues = sqlstate !== undefined && sqlstate.startsWith('22');
  const opens = isOfValues ? undefined : opensValue.exec(message);
  if (opens === null) return maskQuoted(message, keepNames);
  const at = opens ? opens.index + opens[0].length - 1 : message.indexOf('"');
  const last = message.lastIndexOf('"');
  const rest = last > at ? maskQuoted(message.slice(last + 1), false) : '';
  return `${maskQuoted(message.slice(0, at), keepNames)}"?"${rest}`;
}
