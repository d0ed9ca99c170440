import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assembleCsv } from '../../../../src/postgres/logs/csv/assembleCsv.ts';
import type { Assembled } from '../../../../src/postgres/logs/assembly.ts';
import { CsvFields } from '../../../../src/postgres/logs/csv/csvFields.ts';
import { textReader } from '../../../../src/postgres/logs/rawText.ts';
import { logTimestamp } from '../../../../src/postgres/logs/logTimestamp.ts';

const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
/** A record as the server writes it, 26 columns since 14. */
const record = (message: string, { columns = 26, query = '', severity = 'ERROR' } = {}) =>
  [
    '2026-11-23 07:46:58.363 CET,"bob","app",20756,"127.0.0.1:5000",6b03e162.5114,8,"INSERT"',
    '2026-11-23 07:46:58 CET,1/5,754',
    `${severity},23505,${quote(message)},"d",,,,,${query === '' ? '' : quote(query)},,,"my app","client backend"`,
    ...(columns === 26 ? [',-7525930216565746870'] : []),
  ].join(',');

/** Pushes lines in chunks of so many. */
const assemble = (lines: readonly string[], size = lines.length, now: readonly number[] = []) => {
  const assembly = assembleCsv({ timestamp: logTimestamp('Europe/Berlin') });
  const taken: Assembled[] = [];
  let offset = 0;
  for (let at = 0, chunk = 0; at < lines.length; at += size, chunk++) {
    const part = lines.slice(at, at + size);
    const bytes = Buffer.from(part.map((line) => `${line}\n`).join(''));
    assembly.push({ fileId: 'f', bytes, offset, cut: false }, () => 0, now[chunk] ?? 0);
    offset += bytes.length;
    // What is read next is read into the same buffer.
    bytes.fill('x');
    taken.push(...assembly.take(now[chunk] ?? 0));
  }
  return [...taken, ...assembly.flush()].map(({ entry }) => entry);
};

describe('assembleCsv', () => {
  it.each([24, 26])('reads a record of %i columns', (columns) => {
    expect(assemble([record('duplicate key', { columns, query: 'insert 1' })])).toEqual([
      {
        timestamp: '2026-11-23T06:46:58.363Z',
        level: 'ERROR',
        message: 'duplicate key',
        detail: 'd',
        statement: 'insert 1',
        sqlstate: '23505',
        pid: 20756,
        user: 'bob',
        database: 'app',
        application_name: 'my app',
        client_addr: '127.0.0.1',
        session_id: '6b03e162.5114',
        line_num: 8,
        ...(columns === 26 && { query_id: '-7525930216565746870' }),
        backend_type: 'client backend',
        event: 'unique_violation',
        position: { file_id: 'f', offset: 0 },
      },
    ]);
  });

  it('reads back any texts, wherever the chunks end', () => {
    const text = fc.oneof(
      fc.stringMatching(/^[a",\n ]{0,12}$/),
      fc.string({ unit: 'grapheme', maxLength: 12 }).map((any) => any.replaceAll('\r', '')),
      // A record within a text is no record: its quotes are doubled.
      fc.constantFrom(`x\n${record('forged')}`, `${record('forged')}\n`),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 5 }),
        (texts, size) => {
          const whole = texts.map(([message, query]) => record(message, { query })).join('\n');
          const entries = assemble(whole.split('\n'), size);
          expect(entries.map((entry) => [entry?.message, entry?.statement ?? ''])).toEqual(texts);
        },
      ),
    );
  });

  it('ends a torn record where the next begins, and loses nothing of either', () => {
    const torn = record('torn\nin its "statement"', { query: 'select 1' }).slice(0, -70);
    const entries = assemble([...torn.split('\n'), record('next'), record('last')]);
    expect(entries.map((entry) => entry?.message)).toEqual([
      'torn\nin its "statement"',
      'next',
      'last',
    ]);
    expect(entries.map((entry) => entry?.truncated)).toEqual([true, undefined, undefined]);
  });

  it('gives up a record that does not end for a second', () => {
    const [first = ''] = record('a\nb').split('\n');
    const assembly = assembleCsv({ timestamp: logTimestamp('UTC') });
    assembly.push(
      { fileId: 'f', bytes: Buffer.from(`${first}\n`), offset: 7, cut: false },
      () => 0,
      0,
    );
    expect(assembly.take(999)).toEqual([]);
    expect(assembly.oldest()).toEqual({ file_id: 'f', offset: 7 });
    expect(assembly.take(1000)).toMatchObject([{ entry: { message: 'a', truncated: true } }]);
    expect(assembly.oldest()).toBeUndefined();
  });

  it('passes on what is no record', () => {
    expect(assemble(['cp: cannot stat', record('a'), 'x,y']).map((e) => e?.message)).toEqual([
      'cp: cannot stat',
      'a',
      'x,y',
    ]);
  });
});

describe('CsvFields', () => {
  /** RFC 4180 character by character. */
  const slowly = (text: string): string[] | undefined => {
    const fields: string[] = [];
    let field = '';
    let state: 'start' | 'plain' | 'quoted' | 'closed' = 'start';
    for (const char of text) {
      if (state === 'quoted') {
        if (char === '"') state = 'closed';
        else field += char;
      } else if (char === ',') {
        fields.push(field);
        field = '';
        state = 'start';
      } else if (char === '"' && state === 'closed') {
        field += char;
        state = 'quoted';
      } else if (char === '"' && state === 'start') state = 'quoted';
      else if (char === '"' || char === '\n' || state === 'closed') return undefined;
      else {
        field += char;
        state = 'plain';
      }
    }
    return state === 'quoted' ? undefined : [...fields, field];
  };

  it('reads what RFC 4180 says, and refuses what it does not', () => {
    const record = new CsvFields(textReader());
    fc.assert(
      fc.property(fc.stringMatching(/^[ab",\n]{0,16}$/), (text) => {
        record.open(Buffer.from(text), 0, text.length, () => false);
        record.fields();
        const { found } = record;
        // A record ends where its line does; what it may not hold is within quotes.
        const whole = found === 'record' ? text.slice(0, record.end) : text;
        const fields = Array.from({ length: record.length }, (_, at) => record.value(at) ?? '');
        expect(found === 'record' ? fields : undefined).toEqual(slowly(whole));
      }),
      { numRuns: 3000 },
    );
  });
});
