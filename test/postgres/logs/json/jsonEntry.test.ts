import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonEntry } from '../../../../src/postgres/logs/json/jsonEntry.ts';
import { logTimestamp } from '../../../../src/postgres/logs/logTimestamp.ts';

const position = { file_id: 'f', offset: 0 };
const read = (line: string) => jsonEntry(line, position, logTimestamp('Europe/Berlin'));

describe('jsonEntry', () => {
  it('reads a line of PostgreSQL 18 with its query identifier exactly', () => {
    const line =
      '{"timestamp":"2026-11-23 07:46:58.363 CET","user":"postgres","dbname":"app","pid":20756,"remote_host":"[local]","session_id":"6b03e162.5114","line_num":8,"ps":"INSERT","session_start":"2026-11-23 07:46:58 CET","vxid":"1/5","txid":754,"error_severity":"ERROR","state_code":"23505","message":"duplicate key value violates unique constraint \\"t_pkey\\"","detail":"Key (id)=(1) already exists.","statement":"insert into t values (1,\'secret\')","application_name":"my app] x","backend_type":"client backend","query_id":-7525930216565746870}';
    expect(read(line)).toEqual({
      timestamp: '2026-11-23T06:46:58.363Z',
      level: 'ERROR',
      message: 'duplicate key value violates unique constraint "t_pkey"',
      detail: 'Key (id)=(1) already exists.',
      statement: "insert into t values (1,'secret')",
      sqlstate: '23505',
      pid: 20756,
      user: 'postgres',
      database: 'app',
      application_name: 'my app] x',
      client_addr: '[local]',
      session_id: '6b03e162.5114',
      line_num: 8,
      query_id: '-7525930216565746870',
      backend_type: 'client backend',
      position,
    });
  });

  it('tells durations', () => {
    expect(
      read('{"error_severity":"LOG","message":"duration: 11.138 ms  statement: x"}'),
    ).toMatchObject({
      duration_ms: 11.138,
    });
  });

  it('judges by the SQLSTATE where the severity is in an unknown language', () => {
    const level = (state: string) => read(`{"error_severity":"XYZ","message":"m"${state}}`)?.level;
    expect(level(',"state_code":"42P01"')).toBe('ERROR');
    expect(level(',"state_code":"01000"')).toBe('WARNING');
    expect(level(',"state_code":"00000"')).toBe('LOG');
    expect(level('')).toBe('LOG');
    expect(read('{"error_severity":"FEHLER","message":"m"}')?.level).toBe('ERROR');
    expect(read('{"error_severity":"DEBUG3","message":"m"}')?.level).toBe('DEBUG');
  });

  it.each(['', '{', '[]', 'null', '5', '{"message":"x"'])('refuses %j', (line) => {
    expect(read(line)).toBeUndefined();
  });

  it('reads back any message and any identifier of 64 bits, and ignores unknown keys', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constant('"query_id":5,'),
      fc.constant('\\"query_id\\":7'),
    );
    fc.assert(
      fc.property(
        text,
        text,
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        fc.constantFrom('__proto__', 'constructor', 'new_key', 'pid2'),
        (message, statement, id, key) => {
          const line = `{${JSON.stringify(key)}:{"x":1},"message":${JSON.stringify(message)},"error_severity":"LOG","statement":${JSON.stringify(statement)},"query_id":${id}}`;
          const entry = read(line);
          expect(entry?.message).toBe(message);
          expect(entry?.statement ?? '').toBe(statement);
          expect(entry?.query_id).toBe(id === 0n ? undefined : String(id));
        },
      ),
    );
  });
});
