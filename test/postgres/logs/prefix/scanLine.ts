import type { Prefix } from '../../../../src/postgres/logs/prefix/prefix.ts';
import type { Escape } from '../../../../src/postgres/logs/prefix/prefixTokens.ts';
import type {
  LineOrigin,
  PrefixFields,
} from '../../../../src/postgres/logs/prefix/prefixValues.ts';
import { textReader } from '../../../../src/postgres/logs/rawText.ts';
import type { Severity } from '../../../../src/postgres/logs/stderr/severityAt.ts';

const textOf = textReader();

/** All that a prefix finds in a line. */
export interface ScannedLine {
  readonly fields: Readonly<Partial<Record<Escape, string>>>;
  /** The same as entries have it. */
  readonly told: LineOrigin & PrefixFields;
  readonly severity: Severity;
  /** The text behind the severity. */
  readonly text: string;
}

/** Reads a whole line with a prefix; undefined where it does not begin so. */
export function scanLine(prefix: Prefix, line: string): ScannedLine | undefined {
  if (!prefix.decodable) throw new Error(prefix.problem);
  const bytes = Buffer.from(line);
  const found = prefix.match(bytes, 0, bytes.length);
  if (!found) return undefined;
  const fields: Partial<Record<Escape, string>> = {};
  for (const escape of 'audrhLbpPtmnieclsvxQ' as Iterable<string> as Iterable<Escape>) {
    const value = found.name(escape);
    if (value !== undefined) fields[escape] = value;
  }
  const told = { ...found.origin, ...found.fields };
  return { fields, told, severity: found.severity, text: textOf(bytes, found.textAt) };
}
