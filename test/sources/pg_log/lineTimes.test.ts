import { describe, expect, it } from 'vitest';
import type { LogChunk } from '../../../src/ports/logs.ts';
import { lastTime, linesAfter } from '../../../src/sources/pg_log/lineTimes.ts';

const chunk = (text: string): LogChunk => ({
  ...{ file: 'a.json', fileId: 'f', offset: 100, end: 100 + text.length, cut: false },
  ...{ bytes: Buffer.from(text), modifiedMs: 0, print: '' },
});
const [first, second, third] = [1, 2, 3].map((n) => `2026-11-23 10:15:00.00${n} CET x\n`);

describe('the time of the last line', () => {
  it('is that of the last one that tells it', () => {
    expect(lastTime(`${first}${second}\tgoes on 2027-01-01 00:00:00.000\nno time\n`)).toBe(
      '2026-11-23 10:15:00.002',
    );
    expect(lastTime('none\n')).toBeUndefined();
    expect(lastTime('')).toBeUndefined();
  });
});

describe('what was written later', () => {
  it('begins behind the last line that is not later, with what goes on with it', () => {
    const text = `${first}${second}\tmore\n${third}`;
    const later = linesAfter(chunk(text), '2026-11-23 10:15:00.002');
    expect(later).toMatchObject({ bytes: Buffer.from(third!), offset: 100 + text.indexOf(third!) });
    expect(linesAfter(chunk(text), '2026-11-23 10:15:00.003')).toMatchObject({
      bytes: Buffer.from(''),
      offset: 100 + text.length,
      end: 100 + text.length,
    });
    const whole = chunk(text);
    expect(linesAfter(whole, '2026-11-23 10:14:59.999')).toBe(whole);
  });

  it('is all of a second that only one of both tells more exactly', () => {
    const whole = chunk(`${first}${second}`);
    expect(linesAfter(whole, '2026-11-23 10:15:00')).toBe(whole);
    expect(linesAfter(whole, '2026-11-23 10:15:01').bytes).toHaveLength(0);
  });
});
