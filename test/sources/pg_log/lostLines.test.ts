import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogChunk } from '../../../src/ports/logs.ts';
import { compilePrefix } from '../../../src/postgres/logs/prefix/prefix.ts';
import { lostLines } from '../../../src/sources/pg_log/lostLines.ts';

const chunk = (text: string, gap = false): LogChunk => ({
  ...{ file: 'a.log', fileId: 'f', offset: 0, end: text.length, cut: false },
  ...{ bytes: Buffer.from(text), modifiedMs: 0, print: '' },
  ...(gap && { gap: { file: 'a.log', reason: 'truncated', bytes: 0 } }),
});
const line = (session: number, n: number): string => `${session}:${n} LOG:  x\n`;

describe('lines that are lost in a gap', () => {
  it('are counted by the numbers that each session gives them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 60 }),
        fc.nat(60),
        fc.nat(60),
        (writers, one, two) => {
          const numbers = new Map<number, number>();
          const log = writers.map((session) => {
            const n = (numbers.get(session) ?? 0) + 1;
            numbers.set(session, n);
            return { session, n };
          });
          const [from, to] = [Math.min(one, two), Math.max(one, two)];
          const [before, after] = [log.slice(0, from), log.slice(to)];
          const text = (part: typeof log): string =>
            part.map(({ session, n }) => line(session, n)).join('');
          const missing = lostLines(compilePrefix('%p:%l '));
          let found = missing.found(chunk(text(before)));
          found += missing.found(chunk('', true));
          for (const { session, n } of after) found += missing.found(chunk(line(session, n)));
          const heard = (part: typeof log): Set<number> => new Set(part.map((l) => l.session));
          const both = [...heard(before)].filter((session) => heard(after).has(session));
          expect(found).toBe(log.slice(from, to).filter((l) => both.includes(l.session)).length);
        },
      ),
    );
  });

  it('are not known where the prefix has no numbers', () => {
    const missing = lostLines(compilePrefix('%p '));
    missing.found(chunk('1 LOG:  x\n'));
    expect(missing.found(chunk('1 LOG:  y\n', true))).toBe(0);
  });
});
