import type { Level } from '../level.ts';
import type { EventClass } from './eventClass.ts';
import { eventClasses } from './eventClasses.ts';

/** More of a message is not looked at. */
const lookedAt = 1000;
/** The first words of messages that have a class are shorter. */
const longestWord = 32;

/** Classes by SQLSTATE: by it alone. */
const bySqlstate = new Map<string, string>();
/** Classes by the first word of their messages, with the text that the message begins with. */
const byFirstWord = new Map<string, { begin: string; found: EventClass }[]>();

for (const found of eventClasses) {
  for (const sqlstate of found.sqlstates ?? []) bySqlstate.set(sqlstate, found.name);
  for (const begin of found.begins ?? []) {
    const word = firstWord(begin);
    byFirstWord.set(word, [...(byFirstWord.get(word) ?? []), { begin, found }]);
  }
}

/**
 * The class of a message; undefined for one of none that is known.
 *
 * By its text where that is known, as it says more than the SQLSTATE (which `57P01` has for an administrator's command
 * and for a crash); else by the SQLSTATE, which is the same in all languages.
 */
export function eventOf(
  level: Level,
  message: string,
  sqlstate: string | undefined,
): string | undefined {
  if (message.startsWith('duration: ')) return durationEvent(message);
  const candidates = byFirstWord.get(firstWord(message));
  if (candidates) {
    for (const { begin, found } of candidates) {
      if (!message.startsWith(begin)) continue;
      if (found.levels && !found.levels.includes(level)) continue;
      if (!found.pattern || found.pattern.test(firstLine(message))) return found.name;
    }
  }
  return sqlstate === undefined ? undefined : bySqlstate.get(sqlstate);
}

/** Most lines of a log that has durations have one: told apart without a pattern, by what stands behind `ms`. */
function durationEvent(message: string): string | undefined {
  const behind = message.slice(0, 64).indexOf(' ms', 10) + 3;
  if (behind === 2) return undefined;
  if (behind === message.length) return 'statement_duration';
  return message.startsWith('  plan:', behind) ? 'plan' : 'slow_statement';
}

/** Up to the first space or colon. */
function firstWord(text: string): string {
  let end = 0;
  const last = Math.min(text.length, longestWord);
  for (; end < last; end++) {
    const code = text.charCodeAt(end);
    if (code === 32 || code === 58) break;
  }
  return text.slice(0, end);
}

function firstLine(message: string): string {
  const head = message.slice(0, lookedAt);
  const newline = head.indexOf('\n');
  return newline < 0 ? head : head.slice(0, newline);
}
