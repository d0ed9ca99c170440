import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonEntry } from '../../../src/postgres/logs/jsonEntry.ts';
import { jsonHead } from '../../../src/postgres/logs/jsonHead.ts';
import { logHead } from '../../../src/postgres/logs/logHead.ts';
import { logTimestamp } from '../../../src/postgres/logs/logTimestamp.ts';
import { nameReader, rawOf, textReader } from '../../../src/postgres/logs/rawText.ts';

const nameOf = nameReader(textReader());

describe('jsonHead', () => {
  it('says what parsing the line says, or nothing', () => {
    const text = fc.oneof(
      fc.stringMatching(/^[a"\\,:\n]{0,8}$/),
      fc.constantFrom(
        'duration: 5.5 ms  statement: x',
        ',"error_severity":"PANIC"',
        'x","message":"y',
      ),
    );
    const timestamp = logTimestamp('UTC');
    let found = 0;
    fc.assert(
      fc.property(
        fc.record({ user: text, dbname: text, message: text, statement: text }),
        fc.constantFrom('LOG', 'ERROR', 'FEHLER', 'XYZ'),
        fc.constantFrom(undefined, '00000', '23505'),
        ({ user, dbname, message, statement }, error_severity, state_code) => {
          const line = JSON.stringify({
            timestamp: '2026-11-23 07:46:58.363 UTC',
            ...(user !== '' && { user }),
            ...(dbname !== '' && { dbname }),
            pid: 1,
            error_severity,
            state_code,
            message,
            statement,
          });
          const head = jsonHead(rawOf(line), nameOf);
          if (head === undefined) return;
          found++;
          const entry = jsonEntry(line, { file_id: 'f', offset: 0 }, timestamp);
          expect(entry).toBeDefined();
          if (!entry) return;
          // Of the message the first line says what it is.
          const { level, sqlstate, database } = entry;
          expect(head).toEqual(logHead(level, entry.message, sqlstate, database, entry.user));
        },
      ),
      { numRuns: 2000 },
    );
    expect(found).toBeGreaterThan(50);
  });

  it.each(['', '{}', '{"message":"x","error_severity":"LOG"}', '{"timestamp":"x","message":"y"'])(
    'leaves to the parser what the server does not write: %j',
    (line) => {
      expect(jsonHead(line, nameOf)).toBeUndefined();
    },
  );
});
