import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogEntry } from '../../../src/postgres/logs/entry.ts';
import { redactEntry } from '../../../src/postgres/logs/redactEntry.ts';

const entry = (fields: Partial<LogEntry>): LogEntry => ({
  timestamp: null,
  level: 'ERROR',
  message: '',
  position: { file_id: 'f', offset: 0 },
  ...fields,
});
const of = <F extends keyof LogEntry>(field: F, text: string) =>
  redactEntry(entry({ [field]: text }))[field];

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
    ['context', 'COPY t, line 1, column a: "secret"', 'COPY t, line 1, column a: "?"'],
    ['context', "unnamed portal parameter $1 = 'x'", "unnamed portal parameter $1 = '?'"],
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
  ])('hides with SQLSTATE %s a detail that may be a row: %s', (sqlstate, detail, expected) => {
    const set = sqlstate === undefined ? { detail } : { detail, sqlstate };
    expect(redactEntry(entry(set)).detail).toBe(expected);
  });

  it('masks plans of auto_explain in each form', () => {
    const head = 'duration: 5.000 ms  plan:\n';
    const of = (plan: string) => redactEntry(entry({ message: head + plan })).message;
    const text = `Query Text: select * from t where a = 'S3CR3T'\nQuery Parameters: $1 = 'S3\nCR3T'\nSeq Scan on t  (cost=0.00..35.50 rows=10 width=4)\n  Filter: (a = 'S3CR3T'::text)`;
    expect(of(text)).toBe(
      `${head}Query Text: select * from t where a = ?\nQuery Parameters: ?\nSeq Scan on t  (cost=0.00..35.50 rows=10 width=4)\n  Filter: (a = ?::text)`,
    );
    const json = {
      'Query Text': "select 'S3CR3T'",
      'Query Parameters': "$1 = 'S3CR3T'",
      Plan: { 'Node Type': 'Seq Scan', 'Total Cost': 35.5, Filter: "(a = 'S3CR3T'::text)" },
    };
    expect(JSON.parse(of(JSON.stringify(json, null, 2)).slice(head.length))).toEqual({
      'Query Text': 'select ?',
      'Query Parameters': '?',
      Plan: { 'Node Type': 'Seq Scan', 'Total Cost': 35.5, Filter: '(a = ?::text)' },
    });
    expect(of(`{"Query Text": "select 'S3CR3T'", "Plan": {`)).toBe(`${head}?`);
    expect(of('<explain>S3CR3T</explain>')).toBe(`${head}?`);
    expect(of(`Query Text: "select 'S3CR3T'"\nPlan: \n`)).toBe(`${head}?`);
  });

  it('leaves no planted secret, and redacts what is redacted no further', () => {
    const secret = 'S3CR3T';
    const around = fc.stringMatching(/^[a-z ,()'"=.;\n]{0,12}$/);
    const frames: readonly [keyof LogEntry, (value: string) => string][] = [
      ['detail', (value) => `Key (id)=(${value}) already exists.`],
      ['detail', (value) => `Failing row contains (1, ${value}).`],
      ['detail', (value) => `Parameters: $1 = '${value.replaceAll("'", "''")}'`],
      [
        'message',
        (value) => `invalid input syntax for type integer: "${value.replaceAll('"', '""')}"`,
      ],
      ['statement', (value) => `insert into t values ('${value.replaceAll("'", "''")}')`],
      [
        'message',
        (value) => `duration: 1.000 ms  statement: select '${value.replaceAll("'", "''")}'`,
      ],
    ];
    fc.assert(
      fc.property(around, around, fc.constantFrom(...frames), (before, after, [field, frame]) => {
        const once = redactEntry(entry({ [field]: frame(before + secret + after) }));
        expect(JSON.stringify(once)).not.toContain(secret);
        expect(redactEntry(once)).toEqual(once);
      }),
      { numRuns: 2000 },
    );
  });
});
