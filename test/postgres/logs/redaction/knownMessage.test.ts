import fc from 'fast-check';
import { expect, it } from 'vitest';
import { assembleCsv } from '../../../../src/postgres/logs/csv/assembleCsv.ts';
import { assembleJson } from '../../../../src/postgres/logs/json/assembleJson.ts';
import { assembleStderr } from '../../../../src/postgres/logs/stderr/assembleStderr.ts';
import type { Assembly } from '../../../../src/postgres/logs/assembly.ts';
import type { LogEntry } from '../../../../src/postgres/logs/entry.ts';
import { logTimestamp } from '../../../../src/postgres/logs/logTimestamp.ts';
import { compilePrefix } from '../../../../src/postgres/logs/prefix/prefix.ts';
import { redactEntry } from '../../../../src/postgres/logs/redaction/redactEntry.ts';
import type { RedactMode } from '../../../../src/postgres/logs/redaction/redactMode.ts';

const timestamp = logTimestamp('UTC');
const time = '2026-11-23 07:30:33.751 UTC';
const forms = {
  stderr: {
    begin: () => assembleStderr({ prefix: compilePrefix('%m [%p] ', 18), timestamp }),
    write: (message: string, detail?: string) => {
      const lines = detail === undefined ? [message] : [message, detail];
      return lines
        .map((text, part) => {
          const word = part === 0 ? 'LOG' : 'DETAIL';
          return `${time} [7] ${word}:  ${text.replaceAll('\n', '\n\t')}\n`;
        })
        .join('');
    },
  },
  csvlog: {
    begin: () => assembleCsv({ timestamp }),
    write: (message: string, detail = '') => {
      const texts = [message, detail].map((text) => `"${text.replaceAll('"', '""')}"`).join(',');
      return `${time},,,7,,6b03eb99.4310,1,,${time},,0,LOG,00000,${texts},,,,,,,,"","backend",,0\n`;
    },
  },
  jsonlog: {
    begin: () => assembleJson(timestamp),
    write: (message: string, detail?: string) => {
      const texts = JSON.stringify({ message, detail }).slice(1);
      return `{"timestamp":"${time}","pid":7,"error_severity":"LOG",${texts}\n`;
    },
  },
};

/** The entries of some lines, which come in pieces of so many lines each. */
function entriesOf(
  assembly: Assembly,
  lines: readonly string[],
  atOnce: number,
  mode: RedactMode | undefined,
  redact: RedactMode,
) {
  const found: { entry: LogEntry; redactedBytes: number | undefined }[] = [];
  const take = (taken: ReturnType<Assembly['flush']>): void => {
    for (const message of taken) {
      if (message.entry === null) continue;
      const { entry, redactedBytes } = message;
      found.push({ entry: redactEntry(entry, redact, redactedBytes !== undefined), redactedBytes });
    }
  };
  for (let from = 0, offset = 0; from < lines.length; from += atOnce) {
    const bytes = Buffer.from(lines.slice(from, from + atOnce).join(''));
    assembly.push({ fileId: 'f', bytes, offset, cut: false }, () => 0, 0, mode);
    offset += bytes.length;
    take(assembly.take(0));
  }
  take(assembly.flush());
  return found;
}

const statement = fc.oneof(
  fc.nat({ max: 99 }).map((id) => `SELECT a FROM known_messages WHERE id = ${id}`),
  fc.nat({ max: 99 }).map((id) => `INSERT INTO known_messages\n  VALUES (${id}, 'a"b')`),
  fc.constantFrom('BEGIN', "UPDATE known_messages SET a = 'é'", 'SELECT "a b"', '/* a */ COMMIT'),
  // What one form writes for the second is the first.
  fc.constantFrom('SELECT a \\n b', 'SELECT a \n b', 'SELECT ""a""', 'SELECT "a"'),
  fc.constantFrom("BEGIN\n'goes on'", 'BEGIN\n'),
  fc.constantFrom("ALTER ROLE a PASSWORD 'b'", 'SELECT 1\n\n\t-- c\n', 'SELECT 1\t\\ 2'),
);
const phase = fc.constantFrom('statement', 'execute <unnamed>', 'bind "n"', 'execute é', 'parse a');
const message = fc.oneof(
  {
    arbitrary: fc.tuple(phase, statement).map(([of, sql]) => `duration: 0.5 ms  ${of}: ${sql}`),
    weight: 5,
  },
  fc.constantFrom('duration: 0.5 ms', 'duration: 1.5 ms  plan:\na', 'a "b"', 'duration: 2 ms  x'),
);
const detail = fc.constantFrom(
  ...["Parameters: $1 = 'a'", "parameters: $1 = 'b\nc', $2 = '\td'", 'Parameters: \n'],
  ...['Query Parameters: a', 'Key (id)=(1) already exists.', 'Parameters:', undefined, undefined],
);

it.each(['stderr', 'csvlog', 'jsonlog'] as const)(
  'what is known of a message of %s is what reading it tells',
  (form) => {
    const { begin, write } = forms[form];
    let known = 0;
    fc.assert(
      fc.property(
        fc.array(fc.tuple(message, detail), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 20 }),
        fc.constantFrom<RedactMode>('default', 'statements', 'all'),
        (messages, atOnce, mode) => {
          const lines = messages.map(([text, added]) => write(text, added));
          const read = entriesOf(begin(), lines, atOnce, undefined, mode);
          const told = entriesOf(begin(), lines, atOnce, mode, mode);
          expect(told.map(({ entry }) => entry)).toEqual(read.map(({ entry }) => entry));
          for (const { entry, redactedBytes } of told) {
            if (redactedBytes === undefined) continue;
            known++;
            if (mode === 'all') continue;
            const size = Buffer.byteLength(JSON.stringify(entry.message)) - 2;
            expect(redactedBytes).toBeGreaterThanOrEqual(size);
          }
        },
      ),
      { numRuns: 300 },
    );
    expect(known).toBeGreaterThan(100);
  },
);

it('what is to keep its literals keeps them, though its statement is known', () => {
  const { begin, write } = forms.stderr;
  const lines = Array.from({ length: 20 }, (_, id) =>
    write(`duration: 1 ms  statement: SELECT a FROM kept WHERE id = ${id}`, 'Parameters: $1 = 7'),
  );
  entriesOf(begin(), lines, 1, 'default', 'default');
  const [first] = entriesOf(begin(), lines, 20, 'none', 'none');
  expect(first?.entry.message).toContain('id = 0');
  expect(first?.entry.detail).toContain('$1 = 7');
});
