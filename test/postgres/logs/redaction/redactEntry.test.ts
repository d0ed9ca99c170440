import { describe, expect, it } from 'vitest';
import type { LogEntry } from '../../../../src/postgres/logs/entry.ts';
import { redactEntry } from '../../../../src/postgres/logs/redaction/redactEntry.ts';
import { processorMs } from '../../../support/processorMs.ts';

const entry = (fields: Partial<LogEntry>): LogEntry => ({
  timestamp: null,
  level: 'ERROR',
  message: '',
  position: { file_id: 'f', offset: 0 },
  ...fields,
});
const of = <F extends keyof LogEntry>(field: F, text: string) =>
  redactEntry(entry({ sqlstate: '23505', [field]: text }))[field];

describe('redactEntry', () => {
  it.each<[keyof LogEntry, string, string]>([
    [
      'message',
      'duplicate key value violates unique constraint "t_pkey"',
      'duplicate key value violates unique constraint "t_pkey"',
    ],
    [
      'message',
      'relation "public.orders" does not exist at character 19',
      'relation "public.orders" does not exist at character 19',
    ],
    [
      'message',
      'invalid input syntax for type integer: "abc"',
      'invalid input syntax for type integer: "?"',
    ],
    [
      'message',
      'syntax error at or near "fro" at character 10',
      'syntax error at or near "?" at character 10',
    ],
    [
      'message',
      'unterminated quoted string at or near "\'x',
      'unterminated quoted string at or near "?"',
    ],
    [
      'message',
      'parameter "primary_conninfo" changed to "password=x"',
      'parameter "primary_conninfo" changed to "?"',
    ],
    ['message', "can't do the server's work", "can't do the server's work"],
    [
      'message',
      "duration: 0.445 ms  statement: insert into t values (1,'a')",
      'duration: 0.445 ms  statement: insert into t values (?,?)',
    ],
    [
      'message',
      'duration: 0.069 ms  bind <unnamed>: select $1::int + 7',
      'duration: 0.069 ms  bind <unnamed>: select $1::int + ?',
    ],
    ['message', 'FEHLER: ungültig: »geheim«', 'FEHLER: ungültig: »?«'],
    ['detail', 'Key (id)=(1) already exists.', 'Key (id)=(?) already exists.'],
    [
      'detail',
      'Key (a, b)=(1, x) is not present in table "t".',
      'Key (a, b)=(?) is not present in table "t".',
    ],
    [
      'detail',
      'Key (id)=(x) already exists.) is still referenced from table "t".',
      'Key (id)=(?) is still referenced from table "t".',
    ],
    ['detail', 'Failing row contains (2, bad).', 'Failing row contains (?).'],
    ['detail', "Parameters: $1 = '4', $2 = 'x'", 'Parameters: ?'],
    [
      'detail',
      "Process 1 waits for ShareLock on transaction 7; blocked by process 2.\nProcess 1: update t\n set s='sec'",
      'Process 1 waits for ShareLock on transaction 7; blocked by process 2.\nProcess 1: update t\n set s=?',
    ],
    [
      'context',
      'SQL statement "select \'x\'"\nPL/pgSQL function f(integer) line 1 at EXECUTE',
      'SQL statement "select ?"\nPL/pgSQL function f(integer) line 1 at EXECUTE',
    ],
    ['context', 'COPY t, line 1, column a: "secret"', 'COPY t, line 1, column a: ?'],
    ['context', "unnamed portal parameter $1 = 'x'", 'unnamed portal parameter $1 = ?'],
    ['statement', "select * from t where a = 'x'", 'select * from t where a = ?'],
    ['internal_query', 'select 1/0', 'select ?/?'],
    [
      'hint',
      'Perhaps you meant to reference the column "t.a".',
      'Perhaps you meant to reference the column "t.a".',
    ],
  ])('masks values in %s: %s', (field, text, expected) => {
    expect(of(field, text)).toBe(expected);
  });

  it.each([
    ['22P02', 'Ungültige Zeile (geheim)', '?'],
    ['P0001', 'Kunde Meier', '?'],
    [undefined, 'Fehlgeschlagene Zeile enthält (1, geheim).', '?'],
    ['23505', 'Key (id)=(1) already exists.', 'Key (id)=(?) already exists.'],
    ['42501', 'The owner of "t" is (x)=(y).', 'The owner of "?" is (x)=(?).'],
    ['42501', 'Le client « the key is (1) » ne peut pas (2)', '?'],
  ])('hides with SQLSTATE %s a detail that may be a row: %s', (sqlstate, detail, expected) => {
    const set = sqlstate === undefined ? { detail } : { detail, sqlstate };
    expect(redactEntry(entry(set)).detail).toBe(expected);
  });
});

describe('redactEntry, with a long text', () => {
  it.each([
    'a "',
    "'",
    '"\n',
    'password=',
    "password='\\",
    'x://',
    'Process 1 waits for a\n',
    '\nProcess 1: ',
    'SQL statement "\n',
    'COPY t, line 1\n',
    'Key (',
    ')=(',
    '1 a  ',
    ': "',
    'portal "',
  ])('of %j takes little time', (piece) => {
    const text = piece.repeat(Math.ceil(500_000 / piece.length));
    const took = processorMs(() => {
      for (const field of ['message', 'detail', 'hint', 'context', 'statement'] as const) {
        for (const sqlstate of ['23505', '42P01']) redactEntry(entry({ sqlstate, [field]: text }));
      }
    });
    // About a second. Were it quadratic, it would be minutes.
    expect(took).toBeLessThan(20_000);
  });
});
