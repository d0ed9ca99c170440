import type { Level } from '../level.ts';
import type { RawBytes } from '../rawText.ts';
import { standsAt } from '../standsAt.ts';
import { DurationMessage } from './durationMessage.ts';
import type { EventClass } from './eventClass.ts';
import { eventClasses } from './eventClasses.ts';

/** More of a message is not looked at. */
const lookedAt = 1000;
/** The first words of messages that have a class are shorter. */
const longestWord = 32;

const space = 32;
const colon = 58;

/** Used again for each message. */
const duration = new DurationMessage();

/** Classes by SQLSTATE: by it alone. */
const bySqlstate = new Map<string, string>();
/** Classes by a number made of the first word of their messages, with what the message begins with. */
const byFirstWord = new Map<number, { begin: Buffer; found: EventClass }[]>();

for (const found of eventClasses) {
  for (const sqlstate of found.sqlstates ?? []) bySqlstate.set(sqlstate, found.name);
  for (const text of found.begins ?? []) {
    const begin = Buffer.from(text);
    const word = firstWord(begin, 0, begin.length);
    byFirstWord.set(word, [...(byFirstWord.get(word) ?? []), { begin, found }]);
  }
}

/**
 * The class of the message at `from` to `to`; undefined for one of none that is known.
 *
 * By its text where that is known, as it says more than the SQLSTATE (which `57P01` has for an administrator's command
 * and for a crash); else by the SQLSTATE, which is the same in all languages.
 */
export function eventOf(
  level: Level,
  bytes: RawBytes,
  sqlstate: string | undefined,
  from = 0,
  to = bytes.length,
): string | undefined {
  if (duration.read(bytes, from, to)) return duration.event;
  const candidates = byFirstWord.get(firstWord(bytes, from, to));
  if (candidates) {
    for (const { begin, found } of candidates) {
      if (!standsAt(bytes, from, begin) || from + begin.length > to) continue;
      if (found.levels && !found.levels.includes(level)) continue;
      if (!found.pattern || found.pattern.test(firstLine(bytes, from, to))) return found.name;
    }
  }
  return sqlstate === undefined ? undefined : bySqlstate.get(sqlstate);
}

/** A number made of what stands before the first space or colon. */
function firstWord(bytes: RawBytes, from: number, to: number): number {
  let word = 0;
  const last = Math.min(to, from + longestWord);
  for (let at = from; at < last; at++) {
    const code = bytes[at] ?? 0;
    if (code === space || code === colon) break;
    word = (word * 31 + code) | 0;
  }
  return word;
}

function firstLine(bytes: RawBytes, from: number, to: number): string {
  const head = bytes.toString('latin1', from, Math.min(to, from + lookedAt));
  const newline = head.indexOf('\n');
  return newline < 0 ? head : head.slice(0, newline);
}
