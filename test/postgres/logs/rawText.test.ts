import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameReader } from '../../../src/postgres/logs/nameReader.ts';
import { textReader } from '../../../src/postgres/logs/rawText.ts';

const bytes = (...codes: number[]): Buffer => Buffer.from(codes);

describe('textReader', () => {
  it('reads back any text in UTF-8, however long', () => {
    const textOf = textReader();
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.constantFrom(1, 7, 5000), (text, times) => {
        const long = text.repeat(times);
        expect(textOf(Buffer.from(long))).toBe(long);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['LATIN1', bytes(0x67, 0x72, 0xf6, 0xdf, 0x65), 'größe'],
    ['WIN1251', bytes(0xcf, 0xf0, 0xe8, 0xe2, 0xe5, 0xf2), 'Привет'],
    ['EUC_JP', bytes(0xc6, 0xfc, 0xcb, 0xdc), '日本'],
    ['EUC_KR', bytes(0xc7, 0xd1, 0xb1, 0xdb), '한글'],
    ['ISO_8859_5', bytes(0xbf, 0xe0), 'Пр'],
  ])('reads %s where a text is no UTF-8, and UTF-8 where it is', (encoding, raw, text) => {
    const textOf = textReader(encoding);
    expect(textOf(raw)).toBe(text);
    expect(textOf(Buffer.from('größe 日本'))).toBe('größe 日本');
  });

  it.each(['UTF8', 'SQL_ASCII', 'MULE_INTERNAL', 'no such encoding'])(
    'keeps with %s what can be read of a text that cannot be read whole',
    (encoding) => {
      expect(textReader(encoding)(Buffer.from('a \xff b, and more', 'latin1'))).toBe(
        'a \ufffd b, and more',
      );
    },
  );
});

describe('nameReader', () => {
  it('gives each name as it is, whatever names shared its slot before', () => {
    const nameOf = nameReader(textReader());
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 4 })), (names) => {
        for (const name of names) {
          const raw = Buffer.from(`<${name}>`);
          expect(nameOf(raw, 1, raw.length - 1)).toBe(name);
        }
      }),
      { numRuns: 500 },
    );
  });
});
