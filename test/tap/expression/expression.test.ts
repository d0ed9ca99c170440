import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/schema/json.ts';
import { expression } from '../../../src/tap/expression/expression.ts';
import { pointAt } from '../../../src/tap/expression/problem.ts';
import { processorMs } from '../../support/processorMs.ts';

const record: Json = {
  type: 'pg_stats',
  server: 'main',
  up: 1,
  reason: null,
  ratio: 0.25,
  huge: '9223372036854775807',
  cpu: { user: 12.5, system: 3 },
  words: ['a', 'b'],
  tables: [
    { name: 'orders', live: 10, dead: 20, indexes: [{ scans: 0 }] },
    { name: 'tmp_1', live: 5, dead: 1, indexes: [] },
  ],
};
const judge = (text: string, on: Json = record): boolean => {
  const condition = expression(text);
  if (typeof condition !== 'function') throw new Error(pointAt(text, condition));
  return condition(on);
};
const problemOf = (text: string): { problem: string; column: number } => {
  const found = expression(text);
  if (typeof found === 'function') throw new Error(`"${text}" was taken`);
  return found;
};

describe('an expression', () => {
  it.each([
    ["server == 'main'", true],
    ['server = "main"', true],
    ["server != 'main'", false],
    ["'b' > 'a' and 'a' <= 'a'", true],
    ['cpu.user > 12 and cpu.user < 13', true],
    ['cpu.user + cpu.system * 2 == 18.5', true],
    ['(cpu.user + cpu.system) * 2 == 31', true],
    ['10 - 2 - 3 == 5', true],
    ['7 % 4 == 3 && -ratio < 0', true],
    ['not up or reason == null', true],
    ['!up || up', true],
    ['not (up and ratio > 1)', true],
    ["type ~ 'pg_*' and type !~ '*log'", true],
    ['any(tables, dead > live)', true],
    ['all(tables, dead > live)', false],
    ['all(tables, live > 0)', true],
    ['count(tables) == 2', true],
    ["count(tables, name ~ 'tmp_*') = 1", true],
    ["any(words, it == 'b')", true],
    ['any(tables, any(indexes, scans == 0) and up == 1)', true],
    ['tables.1.name == "tmp_1"', true],
    ['huge > 9e18 and huge > 1', true],
    ['huge == 9223372036854775807', true],
    ["'it''s' == 'x'", false],
    [String.raw`'it\'s' == "it's"`, true],
    ['1e3 == 1000 and .5 == 0.5', true],
  ])('%s is %s', (text, expected) => {
    if (text.includes("''s")) expect(problemOf(text).column).toBe(5);
    else expect(judge(text)).toBe(expected);
  });

  it.each([
    'missing',
    'missing > 0',
    'missing < 0',
    'missing == 0',
    'server > 1',
    'server < 1',
    'server + 1 == 1',
    '1 / 0',
    'any(missing, it)',
    'any(server, it)',
    'count(missing) >= 0',
    "tables ~ '*'",
  ])('%s is no: what is absent or of another kind fits nothing', (text) => {
    expect(judge(text)).toBe(false);
  });

  it.each(['constructor', '__proto__', 'toString', 'tables.length', 'server.length', 'tables.map'])(
    'sees own properties alone, not %s',
    (text) => {
      expect(judge(`${text} == null`)).toBe(true);
    },
  );

  it.each([
    ['', 1, 'expected a field'],
    ['up ==', 6, 'the expression ends here'],
    ['up = = 1', 6, 'not "="'],
    ['1 < 2 < 3', 7, 'do not chain'],
    ['up & 1', 4, 'did you mean "&&"?'],
    ['(up', 4, 'expected ")"'],
    ['up)', 3, 'too much'],
    ["server == 'main", 11, 'not closed'],
    ['any(tables)', 11, 'expected ","'],
    ['any(1, up)', 5, 'the field of a list'],
    ['cuont(tables)', 1, 'did you mean "count"?'],
    ['exec("rm")', 1, 'unknown function'],
    ['up up', 4, 'join with'],
    ['up == 1;', 8, '";" means nothing here'],
    ['\u001b[2J', 1, '"\\x1b" means nothing here'],
    [`${'('.repeat(100)}up`, 34, 'levels'],
    [`${'not '.repeat(100)}up`, 133, 'levels'],
    [`${'-'.repeat(100)}1`, 34, 'levels'],
    ['a'.repeat(2_001), 1, 'at most 2000 characters'],
  ])('%s is refused', (text, column, why) => {
    const found = problemOf(text);
    expect(found.problem).toContain(why);
    expect(found.column).toBe(column);
  });

  it('is refused with the expression and a caret under the place', () => {
    expect(pointAt('up ==', problemOf('up =='))).toBe(
      'expected a field, a number or a quoted text; the expression ends here (column 6)\n' +
        '    up ==\n' +
        '         ^',
    );
  });

  it('never throws, whatever is written and whatever it is asked of', () => {
    const word = fc.constantFrom(
      ...['and', 'or', 'not', '(', ')', '==', '<', '~', '+', '-', '/', 'any(', 'count(', ','],
      ...['tables', 'cpu.user', '1', "'x'", 'null', 'it', '__proto__.x', ' ', '"', '\\'],
    );
    const text = fc.oneof(
      fc.array(word).map((words) => words.join(' ')),
      fc.string(),
    );
    fc.assert(
      fc.property(text, fc.jsonValue(), (source, on) => {
        const found = expression(source);
        if (typeof found === 'function') expect(typeof found(on as Json)).toBe('boolean');
        else expect(found.column).toBeLessThanOrEqual(source.length + 1);
      }),
      { numRuns: 2_000 },
    );
  });

  it('computes as arithmetic does', () => {
    type Sum = { readonly text: string; readonly value: number };
    const sum = fc.letrec<{ sum: Sum }>((tie) => ({
      sum: fc.oneof(
        { maxDepth: 5 },
        fc.nat(1_000).map((value) => ({ text: String(value), value })),
        fc.tuple(tie('sum'), fc.constantFrom('+', '-', '*'), tie('sum')).map(([a, sign, b]) => ({
          text: `(${a.text} ${sign} ${b.text})`,
          value:
            sign === '+' ? a.value + b.value : sign === '-' ? a.value - b.value : a.value * b.value,
        })),
      ),
    })).sum;
    fc.assert(
      fc.property(sum, ({ text, value }) => {
        fc.pre(text.length < 1_900);
        expect(judge(`${text} == n`, { n: value })).toBe(true);
      }),
    );
  });

  it('obeys the laws of logic', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.boolean(), (a, b) => {
        expect(judge('not (a and b) == (not a or not b)', { a, b })).toBe(
          judge('not ((a and b) == ((not a) or (not b)))', { a, b }),
        );
        expect(judge('a and b', { a, b })).toBe(a && b);
        expect(judge('a or b', { a, b })).toBe(a || b);
        expect(judge('not a', { a })).toBe(!a);
      }),
    );
  });

  it('takes time in proportion to the items, also with lists within lists', () => {
    const items = Array.from({ length: 20_000 }, (_, n) => ({ n, list: [{ m: n }] }));
    const lists = 'any(list, any(list, m < 0) or any(list, any(list, any(list, it))))';
    const took = processorMs(() => {
      expect(judge(lists, { list: items })).toBe(false);
      expect(judge(`text ~ '${'*a'.repeat(50)}b'`, { text: 'a'.repeat(20_000) })).toBe(false);
    });
    expect(took).toBeLessThan(5_000);
  });
});
