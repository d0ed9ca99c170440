import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assembleJson } from '../../../src/postgres/logs/json/assembleJson.ts';
import type { Assembly } from '../../../src/postgres/logs/assembly.ts';
import { csvColumn } from '../../../src/postgres/logs/csv/csvColumn.ts';
import { csvEntry, csvKind } from '../../../src/postgres/logs/csv/csvEntry.ts';
import { CsvRecord } from '../../../src/postgres/logs/csv/csvRecord.ts';
import { isRecordStart } from '../../../src/postgres/logs/csv/isRecordStart.ts';
import { LogKinds } from '../../../src/postgres/logs/logKinds.ts';
import { logTimestamp } from '../../../src/postgres/logs/logTimestamp.ts';
import { textReader } from '../../../src/postgres/logs/rawText.ts';
import { timestampAt } from '../../../src/postgres/logs/timestampAt.ts';

const optional = { nil: undefined };
const maybe = (...texts: readonly string[]) => fc.option(fc.constantFrom(...texts), optional);
/** Numbers of processes of which many share a slot. */
const pid = fc.constantFrom(7, 263, 519, 8, 99_999_999_999);
const number = fc.constantFrom(0, 1, 12, -5, 2 ** 31, 999_999_999_999_999, 2 ** 53 - 1);
const time = fc.constantFrom('2026-11-23 07:46:58.363 UTC', '2026-11-23 07:46:58.364 UTC', '');
const plain = ['bob', 'bo', 'é', 'a,b', 'x'.repeat(70), ''];
const hard = ['a"b', 'a\\', '\t', 'x","pid":7,"', '日本'];
const queryId = fc.constantFrom('0', '7', '-7525930216565746870', '9223372036854775807');

/** Records as the server writes them: few sessions, which differ a little. */
const recordOf = (texts: readonly string[]) =>
  fc.record({
    timestamp: time,
    user: maybe(...texts),
    dbname: maybe(...texts),
    pid: fc.option(pid, optional),
    remote_host: maybe('[local]', '::1'),
    remote_port: fc.constantFrom(undefined, 5000, 5001),
    session_id: maybe('6b03e162.5114', '6b03e162.5115'),
    line_num: fc.option(number, optional),
    ps: maybe('', 'BIND', ...texts),
    session_start: maybe('2026-11-23 07:46:58 UTC', '2026-11-23 07:46:59 UTC'),
    vxid: maybe('1/5', '1/6'),
    txid: number,
    error_severity: maybe('LOG', 'ERROR', 'LXG', 'WARNING', 'FEHLER'),
    state_code: maybe('23505', '01000'),
    message: maybe('duration: 5 ms', 'x', ...texts),
    detail: maybe(...texts),
    statement: maybe(...texts),
    func_name: maybe('exec'),
    file_name: maybe('exec.c'),
    file_line_num: maybe('7').map((text) => (text === undefined ? undefined : Number(text))),
    application_name: maybe('psql', 'psqk', ...texts),
    backend_type: maybe('client backend', 'autovacuum worker'),
    leader_pid: fc.constantFrom(undefined, undefined, 7),
  });

const line = (texts: readonly string[]) =>
  fc
    .tuple(recordOf(texts), fc.option(queryId, optional))
    .map(([fields, query]) =>
      JSON.stringify(fields).replace(/\}$/, query === undefined ? '}' : `,"query_id":${query}}`),
    );

/** Lines of sessions that share a slot and differ in one character here and there. */
const alike = fc
  .record({
    user: fc.constantFrom('bob', 'bab', 'tob', 'bo'),
    dbname: fc.constantFrom('app', 'apt', undefined),
    pid: fc.constantFrom(263, 519, 775),
    remote_host: fc.constantFrom('::1', '::2'),
    session_id: fc.constantFrom('6b03e162.107', '6b13e162.107', '6b03e162.207'),
    line_num: number,
    session_start: fc.constantFrom('2026-11-23 07:46:58 UTC', '2026-11-23 07:46:58 CET'),
    vxid: fc.constantFrom('1/5', '11/5'),
    error_severity: fc.constantFrom('LOG', 'LOC', 'LAG'),
    state_code: fc.constantFrom('23505', '23515', undefined),
    message: fc.constantFrom('x', 'é'),
    detail: fc.constantFrom('d', undefined, undefined),
    application_name: fc.constantFrom('psql', 'psqk', 'asql'),
    backend_type: fc.constantFrom('client backend', 'client bakkend', 'walsender'),
    query_id: number,
  })
  .map((fields) => JSON.stringify({ timestamp: '2026-11-23 07:46:58.363 UTC', ...fields }));

/** A line of which a character is another, a few are missing, or two fields stand in the other order. */
const broken = fc
  .tuple(line(plain), fc.nat(), fc.nat(3), fc.constantFrom('"', ',', '7', 'a', '}', ''))
  .map(([text, place, length, char]) => {
    const at = place % text.length;
    return text.slice(0, at) + char + text.slice(at + length);
  });
const turned = line(plain).map((text) => text.replace(/(,"[^"]*":[^,]*)(,"[^"]*":[^,]*)/, '$2$1'));

/** What an assembly makes of a line. */
const entriesOf = (assembly: Assembly, text: string) => {
  const bytes = Buffer.from(`${text}\n`);
  assembly.push({ fileId: 'f', bytes, offset: 0, cut: false }, () => 0, 0);
  return assembly.take(0);
};

const quoted = (...texts: readonly string[]) =>
  fc.constantFrom('', ...texts.map((text) => `"${text.replaceAll('"', '""')}"`));
/** A record of csvlog: few sessions, which share slots and differ in one character here and there. */
const csv = fc
  .tuple(
    fc.constantFrom('2026-11-23 07:46:58.363 UTC', ''),
    quoted('bob', 'bab', 'a"b', 'a,b', 'a\nb', 'a\n2026-11-23 07:46:58', 'é'),
    quoted('app', 'apt'),
    fc.constantFrom('263', '519', '775', '', 'x'),
    quoted('[local]', '::1:5000', '::1:5001', '127.0.0.1:5000'),
    fc.constantFrom('6b03e162.107', '6b13e162.107', ''),
    fc.constantFrom('1', '12', '', '-1', '1.5', '999999999999999', '9999999999999999', ' '),
    quoted('BIND', 'a"b', 'a\nb'),
    fc.constantFrom('2026-11-23 07:46:58 UTC', '2026-11-23 07:46:58 CET'),
    fc.constantFrom('1/5', ''),
    fc.constantFrom('0', '754'),
    fc.constantFrom('LOG', 'LOC', 'LOGO', 'ERROR', ''),
    fc.constantFrom('00000', '23505', ''),
    quoted('duration: 5 ms', 'a "b"', 'x\n2026-11-23 07:46:58.363 UTC,"b",', 'é'),
    ...[quoted('d'), quoted('h', 'a\n"b"'), fc.constant(''), fc.constant(''), quoted('c')],
    ...[quoted('select 1'), fc.constant(''), quoted('exec, exec.c:7')],
    quoted('psql', 'psqk', 'a"b', 'a\nb'),
    quoted('client backend', 'client bakkend'),
    ...[fc.constantFrom('', '7'), fc.constantFrom('0', '-7525930216565746870', '')],
  )
  .chain((fields) =>
    fc.constantFrom(24, 26, 26, 26, 23, 15).map((length) => fields.slice(0, length).join(',')),
  );
const brokenCsv = fc
  .tuple(csv, fc.nat(), fc.nat(2), fc.constantFrom('"', ',', '\n', '""', ''))
  .map(([text, place, length, char]) => {
    const at = place % text.length;
    return text.slice(0, at) + char + text.slice(at + length);
  });

const timeOf = timestampAt(logTimestamp('UTC'));
/** What a reader makes of the record that begins at a place, with the place where it ends. */
function csvRead(record: CsvRecord, bytes: Buffer, from: number) {
  const found = record.read(bytes, from, bytes.length, isRecordStart);
  if (found !== 'record') return { found };
  const kinds = new LogKinds();
  const kind = csvKind(record, kinds);
  const message = record.value(csvColumn.message) ?? '';
  const position = { file_id: 'f', offset: from };
  return {
    ...{ found, end: record.end, length: record.length, head: kind?.head },
    entry: kind && csvEntry(record, message, kind.head, position, timeOf, kinds.durationMs),
  };
}

describe('the memory of records', () => {
  it('makes of each line of jsonlog what a reader makes that never read one', () => {
    const lines = fc.oneof(
      { weight: 8, arbitrary: alike },
      { weight: 2, arbitrary: line(plain) },
      line([...plain, ...hard]),
      broken,
      turned,
    );
    const timestamp = logTimestamp('UTC');
    fc.assert(
      fc.property(fc.array(lines, { minLength: 1, maxLength: 20 }), (texts) => {
        const again = assembleJson(timestamp);
        for (const text of [...texts, ...texts]) {
          expect(entriesOf(again, text)).toEqual(entriesOf(assembleJson(timestamp), text));
        }
      }),
      { numRuns: 150 },
    );
  });

  it('makes of each record of csvlog what a reader makes that never read one', () => {
    const record = fc.oneof({ weight: 4, arbitrary: csv }, brokenCsv);
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 12 }), (texts) => {
        const bytes = Buffer.from([...texts, ...texts].map((text) => `${text}\n`).join(''));
        const again = new CsvRecord(textReader());
        for (let from = 0; from < bytes.length; from = bytes.indexOf('\n', from) + 1) {
          expect(csvRead(again, bytes, from)).toEqual(
            csvRead(new CsvRecord(textReader()), bytes, from),
          );
        }
      }),
      { numRuns: 200 },
    );
  });

  it('reads again what holds a newline: whether a record begins there shows in what follows', () => {
    const time = '2026-11-23 07:46:58.363 UTC';
    const begin = `${time},"a\n${time},",",",263,,6b03e162.107,1,",",${time},1/5,0,LOG,00000,`;
    const rest = `${','.repeat(8)},"psql","client backend",,0\n`;
    const usual = Buffer.from(`${begin}"x"${rest}`);
    const torn = Buffer.from(`${begin}",4,5,6,7,8,9,10,LOG,00000,"","${rest}`);
    const record = new CsvRecord(textReader());
    expect(record.read(usual, 0, usual.length, isRecordStart)).toBe('record');
    expect(record.read(torn, 0, torn.length, isRecordStart)).toBe('torn');
  });
});
