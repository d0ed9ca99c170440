import type { Level } from '../level.ts';
import type { RawText } from '../rawText.ts';
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
    const word = firstWord(begin, 0, begin.length);
    byFirstWord.set(word, [...(byFirstWord.get(word) ?? []), { begin, found }]);
  }
}

/**
 * The class of the message at `text.slice(from, to)`; undefined for one of none that is known.
 *
 * By its text where that is known, as it says more than the SQLSTATE (which `57P01` has for an administrator's command
 * and for a crash); else by the SQLSTATE, which is the same in all languages.
 */
export function eventOf(
  level: Level,
  text: RawText,
  sqlstate: string | undefined,
  from = 0,
  to = text.length,
): string | undefined {
  if (text.startsWith('duration: ', from)) return durationEvent(text, from, to);
  const candidates = byFirstWord.get(firstWord(text, from, to));
  if (candidates) {
    for (const { begin, found } of candidates) {
      if (!text.startsWith(begin, from) || from + begin.length > to) continue;
      if (found.levels && !found.levels.includes(level)) continue;
      if (!found.pattern || found.pattern.test(firstLine(text, from, to))) return found.name;
    }
  }
  return sqlstate === undefined ? undefined : bySqlstate.get(sqlstate);
}

const space = 32;

/** Most lines of a log that has durations have one: told apart without a pattern, by what stands behind `ms`. */
function durationEvent(text: RawText, from: number, to: number): string | undefined {
  let behind = from + 10;
  const last = Math.min(to, from + 40);
  while (behind < last && text.charCodeAt(behind) !== space) behind++;
  if (!text.startsWith(' ms', behind) || behind + 3 > to) return undefined;
  if (behind + 3 === to) return 'statement_duration';
  return text.startsWith('  plan:', behind + 3) ? 'plan' : 'slow_statement';
}

/** Up to the first space or colon. */
function firstWord(text: string, from: number, to: number): string {
  let end = from;
  const last = Math.min(to, from + longestWord);
  for (; end < last; end++) {
    const code = text.charCodeAt(end);
    if (code === 32 || code === 58) break;
  }
  return text.slice(from, end);
}

function firstLine(text: string, from: number, to: number): string {
  const head = text.slice(from, Math.min(to, from + lookedAt));
  const newline = head.indexOf('\n');
  return newline < 0 ? head : head.slice(0, newline);
}
