import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assembleJson } from '../../../src/postgres/logs/assembleJson.ts';
import type { Assembly } from '../../../src/postgres/logs/assembly.ts';
import { logTimestamp } from '../../../src/postgres/logs/logTimestamp.ts';

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
});
