import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type TokenKind } from '../../../src/postgres/sql/tokenizer.ts';
import { tokensOf } from '../../../src/postgres/sql/tokensOf.ts';

interface Token {
  readonly kind: TokenKind;
  readonly start: number;
  readonly end: number;
  readonly closed: boolean;
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  const tokenizer = tokensOf(text);
  while (tokenizer.next()) {
    const { kind, start, end, closed } = tokenizer;
    tokens.push({ kind, start, end, closed });
  }
  return tokens;
}
const kinds = (text: string) =>
  tokenize(text)
    .filter(({ kind }) => kind !== 'space')
    .map(({ kind, start, end }) => `${kind} ${text.slice(start, end)}`);

describe('Tokenizer', () => {
  it('tells words, operators, numbers and parameters apart', () => {
    expect(kinds('SELECT a1+$2 FROM "Ta""b" t WHERE x>=-1.5e-3')).toStrictEqual([
      'word SELECT',
      'word a1',
      'operator +',
      'parameter $2',
      'word FROM',
      'quoted_identifier "Ta""b"',
      'word t',
      'word WHERE',
      'word x',
      'operator >=-',
      'number 1.5e-3',
    ]);
  });

  it.each([
    [`'it''s'`, `string 'it''s'`],
    [String.raw`'C:\'`, String.raw`string 'C:\'`],
    [String.raw`E'it\'s ''x'`, String.raw`string E'it\'s ''x'`],
    [`B'101'`, `string B'101'`],
    [`x'FF'`, `string x'FF'`],
    [`U&'d\\0061t'`, `string U&'d\\0061t'`],
    [`U&"d"`, `quoted_identifier U&"d"`],
    [`N'x'`, `string N'x'`],
    [`$$it's$$`, `string $$it's$$`],
    [`$q$a $$ b$q$`, `string $q$a $$ b$q$`],
    [`'a'\n  'b'`, `string 'a'\n  'b'`],
    [`E'a' -- note\n 'b\\'c'`, `string E'a' -- note\n 'b\\'c'`],
    ['/* a /* b */ c */', 'comment /* a /* b */ c */'],
    ["-- it's", "comment -- it's"],
    ['0xFF_FF', 'number 0xFF_FF'],
    ['.5', 'number .5'],
    ['größe$1', 'word größe$1'],
  ])('reads %s as one token', (text, token) => {
    expect(kinds(text)).toStrictEqual([token]);
  });

  it('does not continue a literal on the same line, nor behind a block comment', () => {
    expect(kinds(`'a' 'b'`)).toHaveLength(2);
    expect(kinds(`'a' /* x */\n'b'`)).toHaveLength(3);
  });

  it('ends an operator before a comment', () => {
    expect(kinds('1+--x')).toStrictEqual(['number 1', 'operator +', 'comment --x']);
    expect(kinds('1*/**/2')).toStrictEqual(['number 1', 'operator *', 'comment /**/', 'number 2']);
  });

  it('reads a dollar within a word as part of the word', () => {
    expect(kinds('a$$b$$')).toStrictEqual(['word a$$b$$']);
  });

  it('leaves the range operator between two numbers', () => {
    expect(kinds('1..10')).toStrictEqual(['number 1', 'separator .', 'number .10']);
  });

  it.each([
    `'abc`,
    `E'abc\\`,
    `E'abc\\'`,
    '$x$ abc',
    '$x$ abc $y$',
    '"abc',
    '/* abc /* */',
    `U&'ab`,
  ])('marks %s as cut off', (text) => {
    expect(tokenize(text)).toMatchObject([{ start: 0, end: text.length, closed: false }]);
  });

  const pieces = fc.array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom("'", '"', '$', '$a$', '--', '/*', '*/', '\\', '\n', 'E', 'U&', '1', '.', ';'),
      fc.constantFrom('a', 'é', ' ', '(', ',', ':', '-', '/', '*', '&', 'x1', "e'", 'u&"'),
    ),
  );

  it('passes over no token that may be a literal, a comment, a name in quotes or the end of a statement', () => {
    const isPlain = ({ kind, start }: Token, text: string): boolean =>
      ['word', 'space', 'operator'].includes(kind) || (kind === 'separator' && text[start] !== ';');
    const closely = (text: string): Token[] => {
      const tokens: Token[] = [];
      const tokenizer = tokensOf(text);
      while (tokenizer.passPlain().next()) {
        const { kind, start, end, closed } = tokenizer;
        tokens.push({ kind, start, end, closed });
      }
      return tokens.filter((token) => !isPlain(token, text));
    };
    fc.assert(
      fc.property(pieces, (given) => {
        const text = given.join('');
        expect(closely(text)).toStrictEqual(
          tokenize(text).filter((token) => !isPlain(token, text)),
        );
      }),
      { numRuns: 2000 },
    );
  });

  it('covers any text without gaps', () => {
    fc.assert(
      fc.property(pieces, (given) => {
        const text = given.join('');
        let at = 0;
        for (const { start, end } of tokenize(text)) {
          expect(start).toBe(at);
          expect(end).toBeGreaterThan(start);
          at = end;
        }
        expect(at).toBe(text.length);
      }),
    );
  });
});
