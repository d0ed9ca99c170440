import { redactFrom } from '../../sql/redact.ts';
import { behindDuration } from './behindDuration.ts';
import type { LogEntry } from '../entry.ts';
import { maskQuoted } from './maskQuoted.ts';
import { maskSecrets } from './maskSecrets.ts';
import type { RedactMode } from './redactMode.ts';
import { redactOptions } from './sqlRedactor.ts';

/**
 * A message without values: a statement in it is redacted as such. In other texts what stands in quotes becomes `?`;
 * where a value is quoted, up to the last quote of the message, as the server does not double those within.
 */
export function redactMessage(entry: LogEntry, mode: RedactMode): string {
  const { message, event } = entry;
  if (event === 'plan') return entry.plan === undefined ? withoutPlan(message) : message;
  if (event === 'slow_statement' || message.startsWith(duration)) {
    return redactFrom(message, statementPlace, redactOptions(mode));
  }
  const at = statementAt(message);
  if (at > 0) return redactFrom(message, at, redactOptions(mode));
  if (mode === 'none') return message;
  if (mode === 'statements') return maskSecrets(message);
  if (mode === 'default') return maskSecrets(maskValues(message, entry.sqlstate, true));
  const isFree = event === undefined || event === 'raised' || event === 'assert_failed';
  return isFree ? '?' : maskSecrets(maskValues(message, entry.sqlstate, false));
}

const duration = 'duration: ';
/** Without one that can be found, all of the message is read. */
const statementPlace = (bytes: Uint8Array, length: number): number =>
  Math.max(0, behindDuration(bytes, 0, length));

/** Where a statement begins in another message (postgres.c); -1 where there is none. */
function statementAt(message: string): number {
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
