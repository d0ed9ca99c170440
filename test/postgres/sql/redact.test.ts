import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redact, redactedSize } from '../../../src/postgres/sql/redact.ts';
import { processorMs } from '../../support/processorMs.ts';

const secret = 'Zq7secretZq7';

/** Literals of every form that hold the secret in clear. */
const literal = fc
  .tuple(
    fc.constantFrom(
      'plain',
      'escape',
      'unicode',
      'national',
      'dollar',
      'tagged',
      'continued',
      'comment',
      'line',
    ),
    fc.string({ unit: 'binary' }),
  )
  .map(([form, noise]) => {
    const plain = noise.replaceAll("'", "''");
    switch (form) {
      case 'escape':
        return `E'${noise.replace(/[\\']/g, String.raw`\$&`)}${secret}\\''`;
      case 'unicode':
        return `U&'${plain}${secret}'`;
      case 'national':
        return `N'${secret}${plain}'`;
      case 'dollar':
        return `$$${noise.replaceAll('$', '')}${secret}$$`;
      case 'tagged':
        return `$t_1$${noise.replaceAll('$t_1$', '')}${secret}'"$$ $t_1$`;
      case 'continued':
        return `'${plain}'\n '${secret}'`;
      case 'comment':
        return `/* ${noise.replace(/[*/]/g, '')} /* ${secret} */ ' */`;
      case 'line':
        return `-- ${noise.replace(/[\r\n]/g, '')} ' ${secret}\n`;
      default:
        return `'${plain}${secret}'`;
    }
  });
const between = fc.constantFrom(
  ' ',
  ',',
  '||',
  '(',
  ')',
  ' AND ',
  ' = ',
  '::text ',
  ' $1 ',
  ' "A""b" ',
  '-',
  '/',
  '*',
  ';',
  '\n',
  ' 42 ',
  '@>',
  ' sel ',
);
const statement = fc
  .array(fc.tuple(between, literal), { minLength: 1, maxLength: 12 })
  .map((pairs) => `SELECT ${pairs.map(([gap, value]) => `${gap} ${value}`).join(' ')}`);

describe('redact', () => {
  it('replaces literals and comments, keeps names, operators and parameters', () => {
    expect(
      redact(
        `SELECT "My Col", t1.x -- who\nFROM t1 WHERE a = 'it''s' AND b->>'k' ? $1 AND c IN (1, -2.5e3) /* x */;`,
      ),
    ).toBe(`SELECT "My Col", t1.x  \nFROM t1 WHERE a = ? AND b->>? ? $1 AND c IN (?, -?)  ;`);
  });

  it.each([
    ['ALTER ROLE bob WITH PASSWORD $1', 'ALTER ROLE'],
    ["alter user bob password 'x'", 'ALTER ROLE'],
    ['CREATE ROLE bob LOGIN PASSWORD hunter2', 'CREATE ROLE'],
    ["CREATE SUBSCRIPTION s CONNECTION 'host=x password=y' PUBLICATION p", 'CREATE SUBSCRIPTION'],
    ['CREATE USER MAPPING IF NOT EXISTS FOR bob SERVER s', 'CREATE USER MAPPING'],
    ["CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (host 'x')", 'CREATE SERVER'],
    ['CREATE FOREIGN TABLE f (a int) SERVER s OPTIONS (x y)', 'CREATE FOREIGN TABLE'],
    ['CREATE OR REPLACE VIEW v AS SELECT password FROM u', 'CREATE VIEW'],
    ['EXPLAIN ALTER SERVER s OPTIONS (a b)', 'EXPLAIN'],
    ['whatever password hunter2', '?'],
    ['  /* x */ ALTER ROLE bob PASSWORD hunter2', '  ALTER ROLE'],
  ])('turns %s into its command tag', (text, tag) => {
    expect(redact(text)).toBe(tag);
    expect(redact(text, { keepLiterals: true })).toBe(tag);
  });

  it('judges each statement of a text by itself', () => {
    expect(redact("SELECT 1; ALTER ROLE a PASSWORD x; SELECT 'b'")).toBe(
      'SELECT ?; ALTER ROLE; SELECT ?',
    );
  });

  it('keeps statements of data that merely have such a column', () => {
    expect(redact("SELECT options FROM u WHERE password = 'x'")).toBe(
      'SELECT options FROM u WHERE password = ?',
    );
  });

  it.each([
    ["DO $$ BEGIN PERFORM secret('x'); END $$", 'DO ?'],
    ["DO LANGUAGE plpgsql 'BEGIN END'", 'DO LANGUAGE plpgsql ?'],
    [
      "COPY t (a) TO PROGRAM 'cat > x' WITH (DELIMITER ',')",
      'COPY t (a) TO PROGRAM ? WITH (DELIMITER ?)',
    ],
    ["SELECT 'cut of", 'SELECT ?'],
    ['SELECT $x$ cut of', 'SELECT ?'],
    ['SELECT "cut of', 'SELECT ?'],
    ['SELECT 1 /* cut of', 'SELECT ?  '],
    ["SELECT E'a\\", 'SELECT ?'],
    ['', ''],
    [';;', ';;'],
  ])('turns %s into %s', (text, redacted) => {
    expect(redact(text)).toBe(redacted);
  });

  it('keeps literals where asked to, yet no secret of the grammar', () => {
    const text = "SELECT 'a' /* b */; CREATE USER u PASSWORD 'p'";
    expect(redact(text, { keepLiterals: true })).toBe("SELECT 'a' /* b */; CREATE ROLE");
  });

  it('lets no content of a literal or comment survive, whole or cut off anywhere', () => {
    fc.assert(
      fc.property(statement, fc.double({ min: 0, max: 1, noNaN: true }), (text, where) => {
        expect(redact(text)).not.toContain(secret);
        expect(redact(text.slice(0, where * text.length))).not.toContain(secret);
      }),
      { numRuns: 500 },
    );
  });

  it('redaction is idempotent, on any text', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        "'",
        '"',
        '$',
        '$a$',
        '--',
        '/*',
        '*/',
        '\\',
        '\n',
        'E',
        '1',
        '.',
        ';',
        '-',
        '+',
        'PASSWORD',
        'CREATE ',
      ),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          statement,
          fc.array(piece).map((pieces) => pieces.join('')),
        ),
        (text) => {
          const once = redact(text);
          expect(redact(once)).toBe(once);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('tells how long what it redacted last is as JSON, at most, and nothing of another text', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', "'", '"', '\\', '\n', ' ', '1', 'é', ';'),
    });
    fc.assert(
      fc.property(text, (body) => {
        const redacted = redact(`select ${body}`);
        const size = redactedSize(redacted);
        if (size === undefined) expect(body).toMatch(/é/);
        else expect(size).toBeGreaterThanOrEqual(Buffer.byteLength(JSON.stringify(redacted)) - 2);
        expect(redactedSize(`${redacted}a`)).toBeUndefined();
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['quotes', "'"],
    ['opened comments', '/*'],
    ['dollars', '$'],
    ['dollar tags', '$a'],
    ['strings with lines between', "'a' \n"],
    ['strings with comments between', "'a' -- -- --"],
    ['semicolons', ';'],
    ['numbers', '1e+'],
    ['words', 'a '],
  ])('takes linear time on a text of %s', (_, piece) => {
    const time = (length: number) => {
      const text = piece.repeat(Math.ceil(length / piece.length));
      return processorMs(() => redact(text));
    };
    time(125_000);
    const small = Math.min(time(125_000), time(125_000), time(125_000));
    // 8 times the text: quadratic time would be 64 times as long. The floor absorbs a slow machine.
    expect(time(1_000_000)).toBeLessThan(Math.max(small * 30, 1_000));
  });
});
