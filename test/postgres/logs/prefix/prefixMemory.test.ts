import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePrefix } from '../../../../src/postgres/logs/prefix/prefix.ts';
import { PrefixMemory } from '../../../../src/postgres/logs/prefix/prefixMemory.ts';
import { scanLine } from './scanLine.ts';

const time = '2026-11-23 10:15:00.123 UTC';
const pieces = (names: readonly string[]) => fc.constantFrom(...names);

describe('the memory of a prefix', () => {
  it.each([
    '%m [%p] %q%u@%d,%a ',
    '%t [%p]: [%l-1] user=%u,db=%d ',
    '%m %6p %-8u|%d %e ',
    '%m %r %u ',
    '%m [%p',
    '%p %m %u ',
  ])('reads each line as one that was never read before: %s', (setting) => {
    const again = compilePrefix(setting);
    const part = pieces([
      '1',
      '12',
      'ann',
      'bob',
      'é',
      '',
      ' ',
      '[local]',
      'host(5',
      ')',
      '@',
      ',',
    ]);
    const line = fc
      .tuple(
        pieces([time, '2026-11-23 10:15:00 CET', `${time.slice(0, 23)} +01`]),
        pieces([' [', '] ', ' ', ']: [', '']),
        fc.array(fc.oneof(part, pieces(['@', ',', '] ', '-1] user=', ',db=', '|'])), {
          maxLength: 8,
        }),
        pieces([' LOG:  text', 'LOG:  duration: 1 ms', ' ERROR:  (7) x', ' STATEMENT:  s', '']),
      )
      .map(([begin, first, middle, end]) => begin + first + middle.join('') + end);
    const usual = fc
      .tuple(part, part, part, pieces(['LOG', 'ERROR', 'STATEMENT']))
      .map(([pid, user, db, level]) => `${time} [${pid}] ${user}@${db},psql ${level}:  a (1) b`);
    fc.assert(
      fc.property(fc.array(fc.oneof(line, usual), { minLength: 1, maxLength: 40 }), (lines) => {
        for (const one of [...lines, ...lines]) {
          expect(scanLine(again, one)).toEqual(scanLine(compilePrefix(setting), one));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('reads the time of each line by itself, however long it is', () => {
    const again = compilePrefix('%m [%p] ');
    for (const zone of ['UTC', '+0530', 'Z', 'UTC']) {
      const line = `2026-11-23 10:15:00.123 ${zone} [7] LOG:  x`;
      expect(scanLine(again, line)).toEqual(scanLine(compilePrefix('%m [%p] '), line));
      expect(scanLine(again, line)?.fields.m).toBe(`2026-11-23 10:15:00.123 ${zone}`);
    }
  });

  it('has room for two that share a slot one after the other', () => {
    const memory = new PrefixMemory(1);
    const [one, other] = [Buffer.from(' [1] LOG'), Buffer.from(' [2] LOG')];
    const kept = memory.keep(one, 0, one.length, Int32Array.of(0, 2, 3, 5));
    expect(memory.find(one, 0, one.length)).toBe(kept);
    expect(memory.find(other, 0, other.length)).toBeUndefined();
    memory.keep(other, 0, other.length, Int32Array.of(0, 2, 3, 5));
    expect(memory.find(one, 0, one.length)).toBeUndefined();
  });

  it('remembers nothing that is longer than its slots, and finds nothing in a line that is shorter', () => {
    const memory = new PrefixMemory(1);
    const long = Buffer.from('x'.repeat(200));
    expect(memory.keep(long, 0, 200, Int32Array.of(0, 129))).toBeUndefined();
    memory.keep(long, 0, 200, Int32Array.of(0, 20));
    expect(memory.find(long, 0, 20)).toBeDefined();
    expect(memory.find(long, 0, 19)).toBeUndefined();
  });
});
