import type { EntryFields } from '../entryFields.ts';
import type { RawBytes } from '../rawText.ts';
import { standsAt } from '../standsAt.ts';

const duration = Buffer.from('duration: ');
const unit = Buffer.from(' ms');
const plan = Buffer.from('  plan:');
const space = 32;
const dot = 46;
const zero = 48;
/** The number and its unit stand within so many bytes. */
const searched = 40;

/** Which part of the extended protocol took long: one object for all messages that tell it. */
const phases = ['statement', 'parse', 'bind', 'execute'].map((phase) => ({
  begin: Buffer.from(`  ${phase}`),
  letter: phase.charCodeAt(0),
  fields: { phase } satisfies EntryFields,
}));

/**
 * What a message `duration: 12.345 ms …` says (`log_min_duration_statement`, `log_duration`, auto_explain), found in one
 * pass: most lines of a log that has durations have one. Used again for the next message.
 */
export class DurationMessage {
  /** NaN where it tells none. */
  ms = NaN;
  /** Its class; undefined where it is none that is known. */
  event: string | undefined;
  /** The phase that took long, as fields of the entry. */
  fields: EntryFields | undefined;

  /** Reads the message at `from` to `to`; false, and nothing told, where it does not begin so. */
  read(bytes: RawBytes, from: number, to: number): boolean {
    this.ms = NaN;
    this.event = undefined;
    this.fields = undefined;
    if (!standsAt(bytes, from, duration)) return false;
    const begin = from + duration.length;
    const last = Math.min(to, from + searched);
    let value = 0;
    let scale = 0;
    let at = begin;
    // Digits and one dot: no exponent, no hexadecimal.
    for (; at < last; at++) {
      const code = bytes[at] ?? 0;
      if (code === dot && scale === 0) scale = 1;
      else if (code >= zero && code < zero + 10) {
        value = value * 10 + (code - zero);
        scale *= 10;
      } else break;
    }
    const isNumber = at > begin;
    const end = at;
    while (at < last && bytes[at] !== space) at++;
    const behind = at + unit.length;
    if (behind > to || !standsAt(bytes, at, unit)) return true;
    if (isNumber && at === end) this.ms = scale > 1 ? value / scale : value;
    if (behind === to) this.event = 'statement_duration';
    else if (standsAt(bytes, behind, plan)) this.event = 'plan';
    else {
      this.event = 'slow_statement';
      this.fields = phaseAt(bytes, behind);
    }
    return true;
  }
}

function phaseAt(bytes: RawBytes, at: number): EntryFields | undefined {
  const letter = bytes[at + 2];
  for (const phase of phases) {
    if (phase.letter === letter && standsAt(bytes, at, phase.begin)) return phase.fields;
  }
  return undefined;
}
