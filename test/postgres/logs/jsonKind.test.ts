import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonEntry } from '../../../src/postgres/logs/jsonEntry.ts';
import { jsonKind } from '../../../src/postgres/logs/jsonKind.ts';
import { LogKinds } from '../../../src/postgres/logs/logKinds.ts';
import { logTimestamp } from '../../../src/postgres/logs/logTimestamp.ts';
import { nameReader } from '../../../src/postgres/logs/nameReader.ts';
import { rawOf, textReader } from '../../../src/postgres/logs/rawText.ts';

const nameOf = nameReader(textReader());
const kinds = new LogKinds();

describe('jsonKind', () => {
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
        (fields, error_severity, state_code) => {
          const { user: role, dbname, message: told, statement } = fields;
          const line = JSON.stringify({
            timestamp: '2026-11-23 07:46:58.363 UTC',
            ...(role !== '' && { user: role }),
            ...(dbname !== '' && { dbname }),
            pid: 1,
            error_severity,
            state_code,
            message: told,
            statement,
          });
          const kind = jsonKind(rawOf(line), nameOf, kinds);
          if (kind === undefined) return;
          found++;
          const entry = jsonEntry(line, { file_id: 'f', offset: 0 }, timestamp);
          expect(entry).toBeDefined();
          if (!entry) return;
          // Of the message the first line says what it is.
          const { level, sqlstate, database } = entry;
          const { durationMs } = kinds;
          const { message, user } = entry;
          const other = new LogKinds();
          expect(kind.head).toEqual(
            other.read(level, message, 0, message.length, sqlstate, database, user).head,
          );
          expect(durationMs).toBe(other.durationMs);
        },
      ),
      { numRuns: 2000 },
    );
    expect(found).toBeGreaterThan(50);
  });

  it.each(['', '{}', '{"message":"x","error_severity":"LOG"}', '{"timestamp":"x","message":"y"'])(
    'leaves to the parser what the server does not write: %j',
    (line) => {
      expect(jsonKind(line, nameOf, kinds)).toBeUndefined();
    },
  );
});
