import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { knownShape, redact, redactFrom, redactedSize } from '../../../src/postgres/sql/redact.ts';
import { viewOf } from '../../../src/postgres/logs/rawText.ts';
import { StatementShape } from '../../../src/postgres/sql/statementShape.ts';
import { StatementShapes } from '../../../src/postgres/sql/statementShapes.ts';
import { tokensOf } from '../../../src/postgres/sql/tokensOf.ts';

const bytesOf = (text: string) => {
  const bytes = Buffer.from(`${text}\0\0\0`);
  return { bytes, length: bytes.length - 3 };
};

/** A statement of data without its literals, read token by token. */
function readThrough(text: string): string {
  const token = tokensOf(text);
  let redacted = '';
  while (token.next()) {
    const { kind, start, end, closed } = token;
    if (kind === 'string' || kind === 'number') redacted += '?';
    else if (kind === 'comment') redacted += ' ';
    else if (kind === 'quoted_identifier' && !closed) redacted += '?';
    else redacted += text.slice(start, end);
  }
  return redacted;
}

function shapeOf(text: string, redacted = readThrough(text)): StatementShape | undefined {
  const { bytes, length } = bytesOf(text);
  return StatementShape.of(bytes, 0, length, Buffer.from(redacted));
}

const fits = (shape: StatementShape | undefined, text: string, behind = ''): boolean =>
  shape?.fits(viewOf(Buffer.from(text + behind)), 0, Buffer.byteLength(text)) ?? false;

/** Literals, and what is none but looks like it. */
const literal = fc.oneof(
  fc.constantFrom('1', '25', '3.5', '4.', '.5', '1e5', '0x1F', '1_000', '7a', '-8', '1..2'),
  fc.constantFrom("''", "'a'", "'it''s'", "'a''", "'", "E'\\'a'", "U&'b'", "N'c'", "B'1'", "'é'"),
  fc.constantFrom("'a'\n'b'", "'a' 'b'", '$$d$$', '$1', '"n"', '"1', '?', "'--'", "'/*'", 'x'),
);
const gap = fc.constantFrom(
  ...[' ', '', ', ', ')', '(', '.', '..', 'e', '-', '+', '::', ';', '\n', ' \n ', 'é', '"', '$'],
  ...['--', ' -- c\n', '/* c */', ' = ', 'E', 'n_', ' AND a1 = ', '\0'],
);
const pieces = fc.array(fc.tuple(gap, literal), { minLength: 1, maxLength: 6 });
const written = (list: readonly (readonly [string, string])[], end: string): string =>
  `SELECT ${list.map(([before, value]) => before + value).join('')}${end}`;

describe('StatementShape', () => {
  it('fits statements that differ in plain literals alone', () => {
    const shape = shapeOf("SELECT a, 'it''s' FROM t1 WHERE b = 12 AND c > -3.5 LIMIT 1");
    expect(shape?.text).toBe('SELECT a, ? FROM t1 WHERE b = ? AND c > -? LIMIT ?');
    expect(fits(shape, "SELECT a, '' FROM t1 WHERE b = 7 AND c > -1 LIMIT 100")).toBe(true);
    expect(fits(shape, "SELECT a, 'x' FROM t2 WHERE b = 7 AND c > -1 LIMIT 100")).toBe(false);
    expect(fits(shape, "SELECT a, 'x' FROM t1 WHERE b = 'y' AND c > -1 LIMIT 1")).toBe(false);
    expect(fits(shape, "SELECT a, 'x' FROM t1 WHERE b = 7 AND c > -1 LIMIT 1e3")).toBe(false);
    expect(fits(shape, "SELECT a, 'x' FROM t1 WHERE b = 7 AND c > -1 LIMIT 1;")).toBe(false);
    expect(fits(shape, "SELECT a, 'x' FROM t1 WHERE b = 7 AND c > -1 LIMIT ")).toBe(false);
  });

  it.each([
    ['a comment', 'SELECT 1 -- c'],
    ['an escape string', "SELECT E'a'"],
    ['a dollar quote', 'SELECT $$a$$'],
    ['a string over several lines', "SELECT 'a'\n'b'"],
    ['a literal that is cut off', "SELECT 'a"],
    ['another number than digits', 'SELECT 1e5'],
  ])('there is none of a statement with %s', (_, text) => {
    expect(shapeOf(text)).toBeUndefined();
  });

  it('there is none of a statement for which its tag stands', () => {
    expect(shapeOf("ALTER ROLE a PASSWORD 'b'", 'ALTER ROLE')).toBeUndefined();
  });

  it('what it fits becomes its text, whatever stands in both', () => {
    fc.assert(
      fc.property(
        pieces,
        fc.array(fc.oneof(literal, fc.constantFrom('1', '2.5', "''", "'a'")), {
          ...{ minLength: 6, maxLength: 6 },
        }),
        fc.constantFrom('', ';', ' ', '\n'),
        fc.constantFrom('', '\n', '"', "'", '1', '.5'),
        (first, others, end, behind) => {
          const shape = shapeOf(written(first, end));
          const other = written(
            first.map(([before], index) => [before, others[index] ?? '']),
            end,
          );
          if (!fits(shape, other, behind)) return;
          expect(shape?.text).toBe(readThrough(other));
          expect(shape?.size).toBe(Buffer.byteLength(JSON.stringify(shape?.text)) - 2);
        },
      ),
      { numRuns: 3000 },
    );
  });
});

describe('StatementShapes', () => {
  const put = (shapes: StatementShapes, text: string): void => {
    const { bytes, length } = bytesOf(text);
    shapes.remember(bytes, 0, length, Buffer.from(readThrough(text)));
  };
  const found = (shapes: StatementShapes, text: string): string | undefined => {
    const { bytes, length } = bytesOf(text);
    return shapes.find(viewOf(bytes), 0, length)?.text;
  };

  it('keeps of statements that begin alike the four that are asked for', () => {
    const shapes = new StatementShapes();
    const statements = 'abcdef'
      .split('')
      .map((name) => `SELECT the_same_columns_of_each FROM ${name} WHERE id = `);
    for (const text of statements.slice(0, 4)) put(shapes, `${text}1`);
    const asked = statements[3] ?? '';
    expect(found(shapes, `${asked}2`)).toBe(`${asked}?`);
    for (const text of statements.slice(4)) put(shapes, `${text}1`);
    expect(found(shapes, `${asked}3`)).toBe(`${asked}?`);
    expect(statements.filter((text) => found(shapes, `${text}4`))).toHaveLength(4);
  });

  /** How many of so many that are not known are to be remembered. */
  const wanted = (shapes: StatementShapes, of: number, length = 10): number =>
    Array.from({ length: of }, () => shapes.wants(length)).filter(Boolean).length;

  it('remembers one of eight that are not known, and none that is long', () => {
    const shapes = new StatementShapes();
    expect(wanted(shapes, 24)).toBe(3);
    expect(wanted(shapes, 24, 2049)).toBe(0);
  });

  it('remembers seldom where what was remembered is not asked for, and often again where it is', () => {
    const shapes = new StatementShapes();
    const statements = Array.from({ length: 12 }, (_, id) => `SELECT one_of_many FROM a${id}`);
    for (const text of statements) put(shapes, text);
    expect(wanted(shapes, 1024)).toBe(2);
    // Each moves up by one: the last is the least of its set again, and was asked for.
    for (const asked of [11, 2]) expect(found(shapes, statements[asked] ?? '')).toBeDefined();
    put(shapes, 'SELECT one_of_many FROM b1');
    expect(wanted(shapes, 24)).toBe(3);
  });
});

describe('redact', () => {
  it('makes of a statement the same, whether one like it is known or not', () => {
    fc.assert(
      fc.property(pieces, fc.array(literal, { minLength: 6, maxLength: 6 }), (first, others) => {
        const texts = [first, first.map(([before], i) => [before, others[i] ?? ''] as const)];
        for (const text of texts.map((list) => written(list, ''))) {
          for (let times = 0; times < 9; times++) expect(redact(text)).toBe(readThrough(text));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('knows a statement that came often, behind any text, with its size', () => {
    for (const name of ['plain', '"é"']) {
      const text = (place: string, id: number) =>
        `${place}SELECT known FROM ${name} WHERE id = ${id}`;
      const redactedText = `SELECT known FROM ${name} WHERE id = ?`;
      for (let id = 0; id < 9; id++) redact(text('', id));
      const { bytes, length } = bytesOf(text('', 10));
      expect(knownShape(viewOf(bytes), 0, length)?.text).toBe(redactedText);
      for (const place of ['', 'at\n1: ', 'à 1 : ']) {
        const redacted = redactFrom(text(place, 77), place.length);
        expect(redacted).toBe(place + redactedText);
        const size = redactedSize(redacted) ?? Infinity;
        expect(size).toBeGreaterThanOrEqual(Buffer.byteLength(JSON.stringify(redacted)) - 2);
        if (place !== 'à 1 : ' && name === 'plain') expect(size).toBeLessThan(100);
      }
    }
  });

  it('hides the tag of what may be a secret and keeps literals where asked to, though it is known', () => {
    for (let id = 0; id < 9; id++) redact(`SELECT asked FROM s WHERE id = ${id}`);
    expect(redact('SELECT asked FROM s WHERE id = 1', { keepLiterals: true })).toBe(
      'SELECT asked FROM s WHERE id = 1',
    );
    expect(redact('SELECT asked FROM s WHERE id = 1', { onlyTag: true })).toBe('SELECT');
    expect(redact("ALTER ROLE a PASSWORD 'x'")).toBe('ALTER ROLE');
  });
});
