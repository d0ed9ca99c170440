import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AssembleStderrOptions,
  assembleStderr,
} from '../../../../src/postgres/logs/stderr/assembleStderr.ts';
import { type Assembled, maxEntryChars } from '../../../../src/postgres/logs/assembly.ts';
import type { LogEntry } from '../../../../src/postgres/logs/entry.ts';
import { logTimestamp } from '../../../../src/postgres/logs/logTimestamp.ts';
import { compilePrefix } from '../../../../src/postgres/logs/prefix/prefix.ts';

const assembly = (prefix = '%m [%p] ', options: Partial<AssembleStderrOptions> = {}) => {
  const made = assembleStderr({
    prefix: compilePrefix(prefix),
    timestamp: logTimestamp('Europe/Berlin'),
    ...options,
  });
  let offset = 0;
  const add = (text: string, cut: boolean, now: number): void => {
    const bytes = Buffer.from(`${text}\n`);
    made.push({ fileId: 'f', bytes, offset, cut }, () => 0, now);
    offset += bytes.length;
  };
  const entries = (messages: readonly Assembled[]) =>
    messages.map(({ entry, position }) => {
      expect(entry?.position).toEqual(position);
      return entry as LogEntry;
    });
  return {
    oldest: made.oldest,
    take: (now: number) => entries(made.take(now)),
    flush: () => entries(made.flush()),
    push: (text: string, now = 0) => add(text, false, now),
    pushCut: (line: string) => add(line, true, 0),
  };
};
const brief = ({ level, message, pid }: LogEntry) => `${pid ?? '-'} ${level} ${message}`;

/** Written by PostgreSQL 18.4 with `log_timezone = Europe/Berlin`. */
const captured = `2026-11-23 07:46:58.363 CET [20756] ERROR:  duplicate key value violates unique constraint "t_pkey"
2026-11-23 07:46:58.363 CET [20756] DETAIL:  Key (id)=(1) already exists.
2026-11-23 07:46:58.363 CET [20756] STATEMENT:  insert into t values (1,'secret')
2026-11-23 07:46:58.367 CET [20756] ERROR:  relation "nope" does not exist at character 19
2026-11-23 07:46:58.367 CET [20756] STATEMENT:  select
\t\t'x'
\t from nope -- c
2026-11-23 07:46:58.368 CET [20756] WARNING:  multi
\tline 5
2026-11-23 07:46:58.368 CET [20756] DETAIL:  d1
\td2
2026-11-23 07:46:58.368 CET [20756] HINT:  h
2026-11-23 07:46:58.368 CET [20756] CONTEXT:  PL/pgSQL function inline_code_block line 1 at RAISE
2026-11-23 07:46:58.370 CET [20756] LOG:  duration: 2.657 ms  statement: do $$ begin raise warning 'multi
\tline %', 5 using detail='d1
\td2', hint='h'; end $$`;

describe('assembleStderr', () => {
  it('joins continuation lines and parts to their message', () => {
    const { push, flush } = assembly();
    push(captured);
    expect(flush()).toEqual([
      {
        timestamp: '2026-11-23T06:46:58.363Z',
        level: 'ERROR',
        message: 'duplicate key value violates unique constraint "t_pkey"',
        detail: 'Key (id)=(1) already exists.',
        statement: "insert into t values (1,'secret')",
        event: 'unique_violation',
        pid: 20756,
        position: { file_id: 'f', offset: 0 },
      },
      {
        timestamp: '2026-11-23T06:46:58.367Z',
        level: 'ERROR',
        message: 'relation "nope" does not exist at character 19',
        statement: "select\n\t'x'\n from nope -- c",
        event: 'undefined_table',
        pid: 20756,
        position: { file_id: 'f', offset: captured.indexOf('2026-11-23 07:46:58.367') },
      },
      {
        timestamp: '2026-11-23T06:46:58.368Z',
        level: 'WARNING',
        message: 'multi\nline 5',
        detail: 'd1\nd2',
        hint: 'h',
        context: 'PL/pgSQL function inline_code_block line 1 at RAISE',
        pid: 20756,
        position: {
          file_id: 'f',
          offset: captured.indexOf('2026-11-23 07:46:58.368 CET [20756] W'),
        },
      },
      {
        timestamp: '2026-11-23T06:46:58.370Z',
        level: 'LOG',
        message:
          "duration: 2.657 ms  statement: do $$ begin raise warning 'multi\nline %', 5 using detail='d1\nd2', hint='h'; end $$",
        event: 'slow_statement',
        duration_ms: 2.657,
        pid: 20756,
        position: { file_id: 'f', offset: captured.indexOf('2026-11-23 07:46:58.370') },
      },
    ]);
  });

  it('joins parts by session while others write in between, and hands out by the first byte', () => {
    const { push, take, oldest } = assembly('%p ');
    push(
      '1 ERROR:  a\n2 ERROR:  b\n1 DETAIL:  of a\n2 HINT:  of b\n\tmore\n1 STATEMENT:  sa\n2 LOG:  c',
    );
    // b is complete, but a began before it.
    expect(take(0)).toEqual([]);
    push('1 LOG:  d');
    expect(take(0)).toMatchObject([
      { message: 'a', detail: 'of a', statement: 'sa' },
      { message: 'b', hint: 'of b\nmore' },
    ]);
    expect(oldest()?.offset).toBe(
      '1 ERROR:  a\n2 ERROR:  b\n1 DETAIL:  of a\n2 HINT:  of b\n\tmore\n1 STATEMENT:  sa\n'.length,
    );
  });

  it('closes an entry to which nothing was added for a second', () => {
    const { push, take } = assembly('%p ');
    push('1 ERROR:  a', 0);
    push('1 DETAIL:  b', 600);
    expect(take(1599)).toEqual([]);
    expect(take(1600)).toMatchObject([{ message: 'a', detail: 'b' }]);
  });

  it('closes an entry behind which much was written by others', () => {
    const { push, take } = assembly('%p ', { closeAfterChars: 100 });
    push('1 ERROR:  a');
    push(`2 LOG:  ${'x'.repeat(100)}`);
    expect(take(0).map(brief)).toEqual(['1 ERROR a']);
  });

  it('cuts an entry at 10 MB and marks it', () => {
    const { push, pushCut, flush } = assembly('%p ');
    push('1 ERROR:  a\n1 STATEMENT:  x');
    for (let i = 0; i < 11; i++) push(`\t${'y'.repeat(1_000_000)}`);
    push('1 LOG:  next');
    pushCut('1 LOG:  cut by the reader');
    const [long, next, cut] = flush();
    expect(long).toMatchObject({ message: 'a', truncated: true });
    expect(long?.statement?.length).toBeLessThanOrEqual(maxEntryChars);
    expect(next).not.toHaveProperty('truncated');
    expect(cut).toHaveProperty('truncated', true);
  });

  it('passes lines on that are no messages, each as an entry of its own', () => {
    const { push, flush } = assembly('%p ');
    const csv = '2026-11-23 07:46:58.363 UTC,,,7,,a.1,1,,,,0,LOG,00000,"b"';
    push(`cp: cannot stat 'x'\n1 DETAIL:  of nothing\n\tanywhere\n\n1 LOG:  a\n${csv}`);
    const told = flush().map((entry) => [brief(entry), entry.event]);
    expect(told).toEqual([
      ["- LOG cp: cannot stat 'x'", 'server_output'],
      ['1 LOG DETAIL:  of nothing\nanywhere', undefined],
      ['- LOG ', undefined],
      ['1 LOG a', undefined],
      [`- LOG ${csv}`, undefined],
    ]);
  });

  it('keeps messages whole where the prefix cannot be decoded, with the level that they name', () => {
    const { push, flush } = assembly('%u%d ');
    push('bobapp ERROR:  a\nbobapp DETAIL:  b\nnothing');
    expect(flush()).toMatchObject([
      { timestamp: null, level: 'ERROR', message: 'bobapp ERROR:  a', detail: 'b' },
      { timestamp: null, level: 'LOG', message: 'nothing' },
    ]);
  });

  it('knows severities of other languages, and lets those through that it does not know', () => {
    const { push, flush } = assembly('%p ');
    push('1 FEHLER:  a\n1 TIPP:  b\n1 SCHRECKLICH:  c\n1 ОШИБКА:  d');
    expect(flush().map(brief)).toEqual(['1 ERROR a', '1 WARNING SCHRECKLICH:  c', '1 ERROR d']);
  });

  it('does not believe an error without an error code', () => {
    const { push, flush } = assembly('%e %p [%a] ');
    push('00000 1 [x] ERROR:  forged] LOG:  a\n42P01 1 [x] ERROR:  b');
    expect(flush().map(({ level }) => level)).toEqual(['LOG', 'ERROR']);
  });

  it('takes the error code and the location that log_error_verbosity = verbose writes', () => {
    const { push, flush } = assembly('%p ');
    push(
      '1 ERROR:  42P01: relation "x" does not exist\n1 LOCATION:  parserOpenTable, parse_relation.c:1452',
    );
    expect(flush()).toMatchObject([
      {
        sqlstate: '42P01',
        message: 'relation "x" does not exist',
        location: 'parserOpenTable, parse_relation.c:1452',
      },
    ]);
  });

  it('counts what is not to be sent, with the lines that belong to it, and keeps no text of it', () => {
    const made = assembleStderr({
      prefix: compilePrefix('%p %d '),
      timestamp: logTimestamp('UTC'),
    });
    const text =
      '1 app LOG:  a\n1 app ERROR:  b\n1 app LOG:  c\n\td\n1 app STATEMENT:  e\n2 x LOG:  f\n';
    made.push(
      { fileId: 'f', bytes: Buffer.from(text), offset: 0, cut: false },
      ({ level }) => (level === 'ERROR' ? 0 : Infinity),
      0,
    );
    const taken = made.flush();
    const counted = (database: string) => ({ head: { level: 'LOG', database }, count: 1 });
    expect(taken).toMatchObject([
      { position: { offset: 0 }, entry: null, counts: [counted('app')] },
      { position: { offset: 14 }, head: { database: 'app' }, entry: { message: 'b' } },
      { position: { offset: 30 }, entry: null, counts: [counted('app'), counted('x')] },
    ]);
    expect(taken[1]?.entry).not.toHaveProperty('statement');
  });

  it('never loses a line, whatever the order of sessions and the moments of taking', () => {
    const line = fc.oneof(
      fc.tuple(
        fc.constantFrom('ERROR', 'LOG', 'DETAIL', 'STATEMENT', 'QUERY'),
        fc.constantFrom(1, 2, 3),
      ),
      fc.constantFrom('\t', ''),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(line, fc.nat(700)), { maxLength: 60 }), (lines) => {
        const { push, take, flush } = assembly('%p ', { closeAfterChars: 120 });
        const taken: LogEntry[] = [];
        let now = 0;
        for (const [index, [what, wait]] of lines.entries()) {
          now += wait;
          push(
            typeof what === 'string' ? `${what}<${index}>` : `${what[1]} ${what[0]}:  <${index}>`,
            now,
          );
          taken.push(...take(now));
        }
        taken.push(...flush());
        const offsets = taken.map(({ position }) => position.offset);
        expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
        const all = JSON.stringify(taken);
        for (const index of lines.keys()) expect(all.split(`<${index}>`).length).toBe(2);
        expect(take(Infinity)).toEqual([]);
      }),
    );
  });
});
