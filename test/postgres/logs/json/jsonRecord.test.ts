import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogEntry } from '../../../../src/postgres/logs/entry.ts';
import { jsonEntry } from '../../../../src/postgres/logs/json/jsonEntry.ts';
import { placeOf } from '../../../../src/postgres/logs/json/jsonKeys.ts';
import { jsonKind } from '../../../../src/postgres/logs/json/jsonKind.ts';
import { JsonRecord } from '../../../../src/postgres/logs/json/jsonRecord.ts';
import { jsonRecordEntry } from '../../../../src/postgres/logs/json/jsonRecordEntry.ts';
import { LogKinds } from '../../../../src/postgres/logs/logKinds.ts';
import { logTimestamp } from '../../../../src/postgres/logs/logTimestamp.ts';
import { textReader } from '../../../../src/postgres/logs/rawText.ts';
import { timestampAt } from '../../../../src/postgres/logs/timestampAt.ts';

const position = { file_id: 'f', offset: 0 };
const timestamp = logTimestamp('UTC');
const timeOf = timestampAt(timestamp);
const record = new JsonRecord(textReader());

/** What is read without parsing; undefined where the line is refused. */
function readLine(line: Buffer): { head: object; entry: LogEntry | undefined } | undefined {
  const kinds = new LogKinds();
  if (!record.begin(line, 0, line.length)) return undefined;
  const kind = jsonKind(record, kinds);
  if (kind === undefined) return undefined;
  const { head } = kind;
  const made = () =>
    jsonRecordEntry(
      record,
      record.value(placeOf('message')) ?? '',
      head,
      position,
      timeOf,
      kinds.durationMs,
    );
  return { head, entry: record.rest() ? made() : undefined };
}

/** The same by parsing. */
function parseLine(line: string): { head: object; entry: LogEntry } | undefined {
  const entry = jsonEntry(line, position, timestamp);
  if (entry === undefined) return undefined;
  const { level, sqlstate, database, user } = entry;
  const message = Buffer.from(entry.message);
  const kinds = new LogKinds();
  const { head } = kinds.read(level, message, 0, message.length, sqlstate, database, user);
  if (head.event !== undefined) entry.event = head.event;
  return { head, entry };
}

const text = fc.oneof(
  fc.stringMatching(/^[a"\\,:\n\t]{0,8}$/),
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  fc.constantFrom(
    'duration: 5.5 ms  statement: x',
    'duration: 5 ms',
    ',"error_severity":"PANIC"',
    'x","message":"y',
  ),
);
const number = fc.integer({ min: 0, max: 2 ** 31 });
const optional = { nil: undefined };
/** What the server writes, in its order. */
const fields = fc
  .record({
    timestamp: fc.constantFrom('2026-11-23 07:46:58.363 UTC', ''),
    user: fc.option(text, optional),
    dbname: fc.option(text, optional),
    pid: number,
    remote_host: fc.option(text, optional),
    remote_port: fc.option(number, optional),
    session_id: fc.option(fc.constant('6b03e162.5114'), optional),
    line_num: number,
    txid: number,
    error_severity: fc.constantFrom('LOG', 'ERROR', 'FEHLER', 'XYZ'),
    state_code: fc.constantFrom(undefined, '00000', '23505'),
    message: text,
    detail: fc.option(text, optional),
    hint: fc.option(text, optional),
    internal_query: fc.option(text, optional),
    context: fc.option(text, optional),
    statement: fc.option(text, optional),
    func_name: fc.option(text, optional),
    file_name: fc.option(text, optional),
    file_line_num: fc.option(number, optional),
    application_name: fc.option(text, optional),
    backend_type: fc.option(fc.constant('client backend'), optional),
    query_id: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  })
  .map(({ query_id, ...others }) =>
    JSON.stringify(others).replace(/\}$/, `,"query_id":${query_id}}`),
  );

describe('JsonRecord', () => {
  it('reads each line that the server writes as parsing does', () => {
    fc.assert(
      fc.property(fields, (line) => {
        expect(readLine(Buffer.from(line))).toEqual(parseLine(line));
      }),
      { numRuns: 2000 },
    );
  });

  it('refuses what parsing refuses, and what it would read otherwise', () => {
    const chars = fc.constantFrom('"', '\\', ',', '{', '}', ':', '0', 'u', '\n', '');
    fc.assert(
      fc.property(fields, fc.nat(), fc.nat(4), chars, (line, place, length, char) => {
        const at = place % line.length;
        const broken = line.slice(0, at) + char + line.slice(at + length);
        const bytes = Buffer.from(broken);
        const read = readLine(bytes);
        if (read?.entry) expect(read).toEqual(parseLine(bytes.toString()));
      }),
      { numRuns: 5000 },
    );
  });

  it.each(['', '{}', '{"message":"x","error_severity":"LOG"}', '{"timestamp":"x","message":"y"'])(
    'leaves to the parser what the server does not write: %j',
    (line) => {
      expect(readLine(Buffer.from(line))).toBeUndefined();
    },
  );
});
