import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogEntry } from '../../../../src/postgres/logs/entry.ts';
import { eventOf } from '../../../../src/postgres/logs/events/eventOf.ts';
import { readPlan } from '../../../../src/postgres/logs/plan/readPlan.ts';
import { redactEntry } from '../../../../src/postgres/logs/redaction/redactEntry.ts';

const secret = 'S3CR3T';

/** What may stand around a secret within a value: quotes, newlines, what looks like the server's own words. */
const around = fc.oneof(
  fc.stringMatching(/^[a-z ,()'"=.;:\n\\$-]{0,12}$/),
  fc.constantFrom(
    '\nPL/pgSQL function f() line 1 at RAISE',
    '\nSQL statement "',
    '\nProcess 7: ',
    '\nSeq Scan on t  (cost=0.00..1.00 rows=1 width=4)',
    ') already exists.',
    "''",
    '""',
    '\nQuery Parameters: ',
    ' at character 7',
  ),
);
const value = fc.tuple(around, around).map(([before, after]) => `${before}${secret}${after}`);

/** The ways to write a text as a literal. */
const literal = fc.tuple(value, fc.nat(3)).map(([text, form]) => {
  const doubled = text.replaceAll("'", "''");
  if (form === 0) return `E'${doubled.replaceAll('\\', '\\\\')}'`;
  if (form === 1) return `$s$${text.replaceAll('$s$', '')}$s$`;
  return form === 2 ? `'${doubled}'` : `U&'${doubled}'`;
});

type Fields = Partial<LogEntry>;
const statements: readonly ((literal: string) => string)[] = [
  (literal) => `SELECT * FROM t WHERE a = ${literal} AND b = 1`,
  (literal) => `insert into "T" values (1, ${literal}) -- ${literal.replaceAll(/\s/g, ' ')}`,
  (literal) => `DO ${literal}`,
  (literal) => `COPY t FROM PROGRAM ${literal}`,
  (literal) => `SELECT 1; UPDATE t SET a=${literal}`,
];
/** In which the secret need not be a literal at all. */
const utilities = [
  `ALTER ROLE bob PASSWORD ${secret}`,
  `CREATE USER bob WITH ENCRYPTED PASSWORD '${secret}'`,
  `CREATE SUBSCRIPTION s CONNECTION 'host=h password=${secret}' PUBLICATION p`,
  `CREATE USER MAPPING FOR bob SERVER s OPTIONS (user 'x', password '${secret}')`,
  `ALTER SERVER s OPTIONS (SET passfile '${secret}')`,
];
/** In the conditions of a plan a value is always a literal. */
const conditionOf = (sql: string): string =>
  /^(?:ALTER|CREATE) /.test(sql) ? '(a = 1)' : `(${sql})`;
const frame = 'Process 1 waits for ShareLock on transaction 7; blocked by process 2.';

const ofLiteral: readonly ((sql: string) => Fields)[] = [
  (statement) => ({ statement }),
  (internal_query) => ({ internal_query }),
  (sql) => ({ context: `SQL statement "${sql}"\nPL/pgSQL function f(integer) line 3 at EXECUTE` }),
  (sql) => ({ context: `PL/pgSQL function f() line 1 at RAISE\nSQL expression "${sql}"` }),
  (sql) => ({ context: `remote SQL command: ${sql}` }),
  (sql) => ({ message: `duration: 1.000 ms  statement: ${sql}` }),
  (sql) => ({ message: `duration: 1.000 ms  execute <unnamed>: ${sql}` }),
  (sql) => ({ message: `statement: ${sql}` }),
  (sql) => ({ message: `execute p_1: ${sql}` }),
  (sql) => ({ message: `Dauer: 1.000 ms  Anweisung: ${sql}` }),
  (sql) => ({ detail: `prepare: ${sql}` }),
  (sql) => ({
    detail: `${frame}\n${frame}\nProcess 1: ${sql}\nProcess 2: SELECT 1`,
    sqlstate: '40P01',
  }),
  (sql) => ({
    message: `duration: 1.000 ms  plan:\nQuery Text: ${sql}\nSeq Scan on t  (cost=0.00..35.50 rows=10 width=4)\n  Filter: (a = 1)`,
  }),
  (sql) => ({
    message: `duration: 1.000 ms  plan:\n${JSON.stringify({ 'Query Text': sql, Plan: { 'Node Type': 'Seq Scan' } })}`,
  }),
  (sql) => ({
    message: `duration: 1.000 ms  plan:\n${JSON.stringify({ 'Query Text': 'SELECT 1', Plan: { 'Node Type': 'Seq Scan', Filter: conditionOf(sql), Output: ['a', conditionOf(sql)] } })}`,
  }),
  (sql) => ({ message: `duration: 1.000 ms  plan:\n<Query-Text>${sql}</Query-Text>` }),
  (sql) => ({ message: `duration: 1.000 ms  plan:\nQuery Text: "${sql}"\nPlan: \n` }),
];

/** A value as the server writes it: in quotes, which it does not double. */
const ofValue: readonly ((text: string) => Fields)[] = [
  (text) => ({ detail: `Parameters: $1 = '${text.replaceAll("'", "''")}', $2 = NULL` }),
  (text) => ({ detail: `Query Parameters: $1 = '${text.replaceAll("'", "''")}'` }),
  (text) => ({ context: `unnamed portal with parameters: $1 = '${text.replaceAll("'", "''")}'` }),
  (text) => ({ context: `portal "p" parameter $2 = '${text.replaceAll("'", "''")}'` }),
  (text) => ({
    message: `duration: 1.000 ms  plan:\nQuery Text: SELECT 1\nQuery Parameters: $1 = '${text.replaceAll("'", "''")}'\nSeq Scan on t  (cost=0.00..35.50 rows=10 width=4)\n  Filter: (a = '${text.replaceAll("'", "''").replaceAll('\n', ' ')}'::text)`,
  }),
  (text) => ({ detail: `Key (id)=(${text}) already exists.`, sqlstate: '23505' }),
  (text) => ({ detail: `Failing row contains (1, ${text}).`, sqlstate: '23514' }),
  (text) => ({ detail: `Key (id)=(${text}) is not present in table "t".`, sqlstate: '23503' }),
  (text) => ({ detail: `Key (id)=(${text}) already exists.` }),
  (text) => ({ detail: `Fehlgeschlagene Zeile enthält (${text}).`, sqlstate: '23514' }),
  (text) => ({ detail: `Le client « ${text} » ne peut pas`, sqlstate: '42501' }),
  (text) => ({ detail: text }),
  (text) => ({ message: `invalid input syntax for type integer: "${text}"`, sqlstate: '22P02' }),
  (text) => ({ message: `invalid input syntax for type integer: "${text}" at character 8` }),
  (text) => ({ message: `date/time field value out of range: "${text}"`, sqlstate: '22008' }),
  (text) => ({ message: `time zone "${text}" not recognized`, sqlstate: '22023' }),
  (text) => ({ message: `syntax error at or near "${text}" at character 9`, sqlstate: '42601' }),
  (text) => ({ message: `parameter "primary_conninfo" changed to "${text}"` }),
  (text) => ({ context: `COPY t, line 1, column a: "${text}"` }),
  (text) => ({ context: `COPY t, line 1: "${text}"` }),
  (text) => ({ context: `JSON data, line 1: ${text}` }),
];
const ofConnection = [
  `host=db user=bob password=${secret} dbname=x`,
  `host=db password = '${secret} with \\' more' dbname=x`,
  `postgresql://bob:${secret}@db:5432/x`,
];

const entry = (fields: Fields): LogEntry => {
  const made: LogEntry = {
    timestamp: null,
    level: 'ERROR',
    message: 'x',
    position: { file_id: 'f', offset: 0 },
    ...fields,
  };
  const event = eventOf('ERROR', Buffer.from(made.message), made.sqlstate);
  if (event !== undefined) made.event = event;
  const plan = event === 'plan' ? readPlan(made.message) : undefined;
  if (plan) {
    made.plan = plan;
    made.message = made.message.slice(0, made.message.indexOf('plan:') + 5);
  }
  return made;
};

/** Redacts an entry in each mode that hides this; then once more, which changes nothing. */
function holdsNothing(fields: Fields, modes: readonly ('statements' | 'default' | 'all')[]): void {
  for (const mode of modes) {
    const once = JSON.stringify(redactEntry(entry(fields), mode));
    expect(once).not.toContain(secret);
    expect(JSON.stringify(redactEntry(JSON.parse(once) as LogEntry, mode))).toBe(once);
  }
}

describe('a secret that is planted', () => {
  it('survives in no literal of a statement, wherever that stands', () => {
    fc.assert(
      fc.property(
        literal,
        fc.constantFrom(...statements),
        fc.constantFrom(...ofLiteral),
        (text, statement, frame) => {
          holdsNothing(frame(statement(text)), ['statements', 'default', 'all']);
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('survives in no statement that carries it by its grammar, even where literals are kept', () => {
    for (const utility of utilities) {
      for (const frame of ofLiteral) {
        holdsNothing(frame(utility), ['statements', 'default', 'all']);
      }
      const kept = redactEntry(entry({ statement: utility }), 'none');
      expect(JSON.stringify(kept)).not.toContain(secret);
    }
  });

  it('survives in no value', () => {
    fc.assert(
      fc.property(value, fc.constantFrom(...ofValue), (text, frame) => {
        holdsNothing(frame(text), ['default', 'all']);
      }),
      { numRuns: 3000 },
    );
  });

  it('survives in no connection string', () => {
    for (const text of ofConnection) {
      for (const field of ['message', 'detail', 'hint', 'context'] as const) {
        const told = `could not connect to the primary server using ${text}: the reason is unknown`;
        holdsNothing({ [field]: told, sqlstate: '08006' }, ['statements', 'default', 'all']);
      }
    }
  });

  it('survives in no message of RAISE where all is asked for, and only there', () => {
    const raised = { message: `customer ${secret}`, sqlstate: 'P0001', hint: `ask ${secret}` };
    holdsNothing(raised, ['all']);
    expect(redactEntry(entry(raised), 'default').message).toBe(raised.message);
    holdsNothing({ message: `something unknown ${secret}` }, ['all']);
  });
});
