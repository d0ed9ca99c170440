import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePrefix } from '../../../../src/postgres/logs/prefix/prefix.ts';
import { scanLine } from './scanLine.ts';
import { processorMs } from '../../../support/processorMs.ts';

const scan = (prefix: string, line: string, major?: number) => {
  const found = scanLine(compilePrefix(prefix, major), line);
  return found && { ...found.fields, [found.severity.word]: found.text };
};

describe('compilePrefix', () => {
  const usual = '%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ';
  const hosted = '%t:%r:%u@%d:[%p]:';
  const all = '<%n|%e|%c|%-6l|%s|%v|%x|%5p|%i|%Q|%b|%P|%L|%%> %q[%20a|%-20u|%d] ';

  // Written by PostgreSQL 18.4.
  it.each<[string, string, Record<string, string> | undefined]>([
    [
      '%m [%p] ',
      '2026-11-23 07:46:58.363 CET [20756] ERROR:  duplicate key value',
      { m: '2026-11-23 07:46:58.363 CET', p: '20756', ERROR: 'duplicate key value' },
    ],
    [
      usual,
      '2026-11-23 07:47:02 CET [20815]: [37-1] user=postgres,db=postgres,app=my app] x,client=[local] ERROR:  invalid',
      {
        t: '2026-11-23 07:47:02 CET',
        p: '20815',
        l: '37',
        u: 'postgres',
        d: 'postgres',
        a: 'my app] x',
        h: '[local]',
        ERROR: 'invalid',
      },
    ],
    [
      hosted,
      '2026-11-23 07:47:06 CET::@:[20845]:LOG:  database system is ready to accept connections',
      {
        t: '2026-11-23 07:47:06 CET',
        p: '20845',
        LOG: 'database system is ready to accept connections',
      },
    ],
    [
      hosted,
      '2026-11-23 07:47:06 CET:[local]:postgres@postgres:[20853]:FATAL:  the database system is starting up',
      {
        t: '2026-11-23 07:47:06 CET',
        r: '[local]',
        u: 'postgres',
        d: 'postgres',
        p: '20853',
        FATAL: 'the database system is starting up',
      },
    ],
    [
      hosted,
      '2026-11-23 07:47:06 CET:::1(54321):bob@app:[20853]:HINT:  try',
      {
        t: '2026-11-23 07:47:06 CET',
        r: '::1(54321)',
        u: 'bob',
        d: 'app',
        p: '20853',
        HINT: 'try',
      },
    ],
    [
      all,
      '<1795416431.127|00000|6b03e16f.51cf|1     |2026-11-23 07:47:11 CET||0|20943||0|startup||[none]|%> LOG:  00000: database system was shut down',
      {
        n: '1795416431.127',
        e: '00000',
        c: '6b03e16f.51cf',
        l: '1',
        s: '2026-11-23 07:47:11 CET',
        x: '0',
        p: '20943',
        Q: '0',
        b: 'startup',
        L: '[none]',
        LOG: '00000: database system was shut down',
      },
    ],
    [
      all,
      '<1795416431.144|00000|6b03e16f.51d0|4     |2026-11-23 07:47:11 CET|0/1|0|20944|authentication|-63|client backend||[local]|%> [           [unknown]|postgres            |postgres] LOCATION:  ClientAuthentication, auth.c:660',
      {
        n: '1795416431.144',
        e: '00000',
        c: '6b03e16f.51d0',
        l: '4',
        s: '2026-11-23 07:47:11 CET',
        v: '0/1',
        x: '0',
        p: '20944',
        i: 'authentication',
        Q: '-63',
        b: 'client backend',
        L: '[local]',
        a: '[unknown]',
        u: 'postgres',
        d: 'postgres',
        LOCATION: 'ClientAuthentication, auth.c:660',
      },
    ],
    ['', 'LOG:  no prefix', { LOG: 'no prefix' }],
    ['%p', '7LOG:  x', { p: '7', LOG: 'x' }],
    ['%m [%p] ', 'cp: cannot stat file', undefined],
    ['%m [%p] ', '2026-11-23 07:46:58.363 CET [x] ERROR:  no number', undefined],
  ])('reads lines of %s', (prefix, line, expected) => {
    expect(scan(prefix, line)).toEqual(expected);
  });

  it('keeps a name wider than its padding, and one with characters of several bytes', () => {
    expect(scan('%4u|%-6d|', ' abc|größe|LOG:  x')).toEqual({ u: 'abc', d: 'größe', LOG: 'x' });
    expect(scan('%4u|%-6d|', 'abcdef|ö    |LOG:  x')).toEqual({ u: 'abcdef', d: 'ö', LOG: 'x' });
    expect(scan('%4u|%-6d|', '    |      |LOG:  x')).toEqual({ LOG: 'x' });
  });

  it('passes escapes over that the version does not know', () => {
    expect(scan('%L%p ', '12 LOG:  x', 17)).toEqual({ p: '12', LOG: 'x' });
    expect(scan('%z%p ', '12 LOG:  x')).toEqual({ p: '12', LOG: 'x' });
    expect(scan('%p %', '12 LOG:  x')).toEqual({ p: '12', LOG: 'x' });
  });

  it.each([
    ['%m%a%u%d ', 'nothing stands between %m and %a'],
    ['%u@%d', 'nothing stands behind %d'],
    ['%p%l ', 'nothing stands between %p and %l'],
    ['%m', 'nothing stands behind %m'],
    ['%p7 ', "'7' behind %p could be a part of it"],
    ['\t%p ', 'a tab at the beginning'],
    ['%b%q %u ', 'nothing stands behind %b'],
  ])('names why %s cannot be decoded, and recommends one', (prefix, problem) => {
    const compiled = compilePrefix(prefix);
    expect(compiled).toMatchObject({ decodable: false });
    expect(!compiled.decodable && compiled.problem).toContain(problem);
    expect(!compiled.decodable && compiled.problem).toContain("recommended: '%m [%p] %q%u@%d,%a '");
  });

  it('a 1 MB line against 30 prefixes below 50 ms', () => {
    const fields = ['%a', '%u', '%d', '%h', '%r', '%b', '%i', '%m', '%p', '%c'];
    const prefixes = fields.flatMap((field) => [
      `${field} `,
      `${field}[%p]%q%u@%d `,
      `%p ${field}|%20a|%q${field};%d: `,
    ]);
    const compiled = prefixes.map((prefix) => compilePrefix(prefix));
    expect(compiled.every(({ decodable }) => decodable)).toBe(true);
    const lines = ['a', '1', ' ', '[1]', '@:', '2026-01-01 00:00:00.000 UTC '].map((text) =>
      Buffer.from(text.repeat(Math.ceil(1_000_000 / text.length))),
    );
    const scanAll = () => {
      const took = processorMs(() => {
        for (const line of lines)
          for (const one of compiled) if (one.decodable) one.match(line, 0, line.length);
      });
      return took / lines.length;
    };
    scanAll();
    expect(Math.min(scanAll(), scanAll(), scanAll())).toBeLessThan(50);
  });

  it('reads back what a server writes with any prefix that it calls decodable', () => {
    const name = fc.stringMatching(/^[a-zäöü_0-9.]{1,12}$/);
    const values: Record<string, fc.Arbitrary<string>> = {
      ...Object.fromEntries(
        ['a', 'u', 'd', 'h', 'L', 'b', 'i'].map((escape) => [escape, fc.option(name, { nil: '' })]),
      ),
      r: fc.constantFrom('', '[local]', '10.0.0.1(5432)', '::1(99)'),
      e: fc.constantFrom('00000', '42P01'),
      ...Object.fromEntries(['p', 'l', 'x'].map((escape) => [escape, fc.nat().map(String)])),
      P: fc.option(fc.nat().map(String), { nil: '' }),
      Q: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
      c: fc.constant('6b03e16f.51d0'),
      v: fc.constantFrom('', '3/17'),
      n: fc.constant('1795416431.144'),
      t: fc.constantFrom('2026-11-23 07:47:06 CET', '2026-11-23 07:47:06 +0530'),
      m: fc.constantFrom('2026-11-23 07:47:06.123 UTC', '2026-11-23 07:47:06.001 -03'),
      s: fc.constant('2026-11-23 07:47:06 CEST'),
    };
    const literal = fc.constantFrom(' ', '|', ' [', '] ', ',db=', ' <é> ', '%', '@', ';-');
    const token = fc
      .constantFrom(...Object.keys(values))
      .chain((escape) =>
        fc.tuple(fc.constant(escape), fc.constantFrom(0, 0, 0, 5, -5, 20), values[escape]!),
      );
    const pad = (text: string, width: number): string => {
      const spaces = ' '.repeat(Math.max(0, Math.abs(width) - Buffer.byteLength(text)));
      return width > 0 ? spaces + text : text + spaces;
    };
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(token, literal), {
          selector: ([[escape]]) => escape,
          maxLength: 8,
        }),
        fc.option(fc.nat(8)),
        fc.boolean(),
        (pieces, stop, session) => {
          let prefix = '';
          let written = '';
          const expected: Record<string, string> = {};
          for (const [index, [[escape, width, value], between]] of pieces.entries()) {
            if (index === stop) prefix += '%q';
            prefix += `%${width === 0 ? '' : width}${escape}${between === '%' ? '%%' : between}`;
            if (index >= (stop ?? Infinity) && !session) continue;
            written += (width === 0 ? value : pad(value, width)) + between;
            if (value !== '') expected[escape] = value;
          }
          const compiled = compilePrefix(prefix);
          if (!compiled.decodable) return;
          const found = scanLine(compiled, `${written}ERROR:  text | [5] @ more`);
          expect(found?.fields).toEqual(expected);
          expect(found).toMatchObject({
            severity: { word: 'ERROR' },
            text: 'text | [5] @ more',
          });
        },
      ),
      { numRuns: 1000 },
    );
  });
});
