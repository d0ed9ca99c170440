import type { LogEntry } from '../../postgres/logs/entry.ts';
import { redactEntry } from '../../postgres/logs/redaction/redactEntry.ts';
import { type RawText, bytesOf, rawOf, textReader } from '../../postgres/logs/rawText.ts';
import { findSeverity } from '../../postgres/logs/stderr/severityAt.ts';

const textOf = textReader();

type Part = 'message' | 'detail' | 'hint' | 'context' | 'statement' | 'internal_query';
const parts = new Set<string>([
  'message',
  'detail',
  'hint',
  'context',
  'statement',
  'internal_query',
]);

/**
 * Lines of a PostgreSQL log (stderr or jsonlog) without the values in them. As many lines as before, each ended by a
 * newline: what tells where a line begins stands beside the text, so that masking moves no mark.
 *
 * A message that goes on in further lines is redacted as one text; lines that masking took out become empty ones that
 * still continue the message. What cannot be told apart is hidden whole: lines that continue what an earlier chunk began,
 * lines without a known severity, csvlog.
 */
export function maskLog(text: RawText, suffix = ''): RawText {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  if (suffix.endsWith('.csv')) return '?\n'.repeat(lines.length);
  const masked: string[] = [];
  for (let first = 0; first < lines.length;) {
    let last = first + 1;
    while (last < lines.length && continues(lines[last] ?? '')) last++;
    masked.push(...maskMessage(lines.slice(first, last)));
    first = last;
  }
  return masked.map((line) => `${line}\n`).join('');
}

const continues = (line: string): boolean => line.startsWith('\t');

function maskMessage(lines: readonly string[]): readonly string[] {
  const [first = ''] = lines;
  if (continues(first)) return lines.map(() => '\t?');
  if (first.startsWith('{')) return lines.map(maskJson);
  const whole = lines.map((line, index) => (index === 0 ? line : line.slice(1))).join('\n');
  const found = findSeverity(bytesOf(first), 0, first.length, textOf);
  if (!found) return lines.map((_, index) => (index === 0 ? '?' : '\t'));
  const { severity, textAt } = found;
  const part = severity.meaning?.part ?? 'message';
  const masked = rawOf(maskPart(part, textOf(bytesOf(whole), textAt)));
  const result = (whole.slice(0, textAt) + masked).split('\n');
  return lines.map((_, index) => (index === 0 ? '' : '\t') + (result[index] ?? ''));
}

function maskPart(part: string, text: string): string {
  const known = parts.has(part) ? (part as Part) : undefined;
  if (known === undefined) return text;
  const entry: LogEntry = {
    timestamp: null,
    level: 'LOG',
    message: '',
    position: { file_id: '', offset: 0 },
    [known]: text,
  };
  return redactEntry(entry)[known] ?? '';
}

/** The names of the parts in jsonlog. */
const jsonParts = new Map<string, Part>([
  ['message', 'message'],
  ['detail', 'detail'],
  ['hint', 'hint'],
  ['context', 'context'],
  ['statement', 'statement'],
  ['internal_query', 'internal_query'],
]);

function maskJson(line: string): string {
  let entry: unknown;
  try {
    entry = JSON.parse(textOf(bytesOf(line)));
  } catch {
    return '?';
  }
  if (typeof entry !== 'object' || entry === null) return '?';
  const masked = JSON.stringify(
    Object.fromEntries(
      Object.entries(entry).map(([key, value]: [string, unknown]) => {
        const part = jsonParts.get(key);
        return [key, part && typeof value === 'string' ? maskPart(part, value) : value];
      }),
    ),
  );
  return rawOf(masked);
}
