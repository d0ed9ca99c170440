import { describe, expect, it } from 'vitest';
import type { Row } from '../../../src/ports/server.ts';
import { SchemaBook, changeEvents } from '../../../src/sources/pg_schema/schemaBook.ts';

const table = (oid: number, columns = '[]', name = `t${oid}`): Row => [
  String(oid),
  'public',
  name,
  'r',
  '[]',
  columns,
  null,
  null,
  null,
  null,
];
const reading = (oids: readonly number[], skipped: readonly number[] = [], complete = true) => ({
  followed: new Set(oids),
  skipped,
  complete,
});

describe('SchemaBook', () => {
  it('tells what was created, changed, renamed and dropped between two readings', () => {
    const book = new SchemaBook();
    book.open();
    for (const oid of [1, 2, 3]) book.note(table(oid));
    book.close(reading([1, 2, 3]));
    book.open();
    expect(
      [table(1, '[1]'), table(2, '[]', 'other'), table(4)].map((row) => book.note(row)),
    ).toEqual([true, true, true]);
    const { changes, dropped } = book.close(reading([1, 2, 4]));
    expect(changes.map(({ object, words }) => `${object} ${words}`)).toStrictEqual([
      'table public.t1 has other columns',
      'table public.other was table public.t2',
      'table public.t4 was created',
      'table public.t3 was dropped',
    ]);
    expect(dropped).toStrictEqual(['public.t3']);
    book.open();
    expect(book.note(table(1, '[1]'))).toBe(false);
  });

  it('forgets a reading that was not closed: the next one tells it again', () => {
    const book = new SchemaBook();
    book.open();
    book.note(table(1));
    book.close(reading([1]));
    book.open();
    expect(book.note(table(1, '[1]'))).toBe(true);
    book.open();
    expect(book.note(table(1, '[1]'))).toBe(true);
    expect(book.close(reading([1])).changes).toHaveLength(1);
  });

  it('does not call new what was locked before, or was not followed', () => {
    const locked = new SchemaBook();
    locked.open();
    locked.close(reading([1], [1]));
    locked.open();
    locked.note(table(1));
    expect(locked.close(reading([1])).changes).toStrictEqual([]);
    const cut = new SchemaBook();
    cut.open();
    cut.close(reading([], [], false));
    cut.open();
    cut.note(table(1));
    expect(cut.close(reading([1])).changes).toStrictEqual([]);
  });

  it('begins anew where fewer relations are followed: those left out were not dropped', () => {
    const book = new SchemaBook();
    book.open(2);
    book.note(table(1));
    book.note(table(2));
    book.close(reading([1, 2]));
    book.wholeAt = 5;
    book.open(1);
    expect(book.wholeAt).toBeNull();
    expect(book.close(reading([1]))).toStrictEqual({ changes: [], dropped: [] });
  });

  it('keeps what is locked now', () => {
    const book = new SchemaBook();
    book.open();
    book.note(table(1));
    book.close(reading([1]));
    book.open();
    expect(book.close(reading([1], [1]))).toStrictEqual({ changes: [], dropped: [] });
    expect(book.has(1)).toBe(true);
  });
});

describe('changeEvents', () => {
  it('sums up more than 50 in one event', () => {
    const changes = Array.from({ length: 51 }, () => ({ object: 'table a', words: 'was created' }));
    expect(changeEvents('main', 'shop', changes)).toMatchObject([{ count: 51, database: 'shop' }]);
  });
});
