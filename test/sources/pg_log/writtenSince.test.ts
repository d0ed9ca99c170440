import { describe, expect, it } from 'vitest';
import { writtenSince } from '../../../src/sources/pg_log/writtenSince.ts';

describe('the moment since when another form of a log was written', () => {
  const at = (text: string): number => Date.parse(text);
  const modifiedMs = at('2026-11-23T12:00:00Z');

  it.each([
    ['2026-11-23 11:00:00.250', 'UTC', '2026-11-23T10:59:59.250Z'],
    ['2026-11-23 11:00:00', 'Etc/UTC', '2026-11-23T10:59:59Z'],
    ['2026-11-23 12:00:00.250', 'Europe/Berlin', '2026-11-23T10:59:59.250Z'],
  ])('is the time of the last line, %s in %s', (time, zone, moment) => {
    expect(writtenSince({ modifiedMs, time }, zone)).toBe(at(moment));
  });

  it('is that of the file where no line tells its time, where the zone is unknown, or where that is earlier', () => {
    expect(writtenSince({ modifiedMs, time: null }, 'UTC')).toBe(modifiedMs);
    const time = '2026-11-23 11:00:00';
    expect(writtenSince({ modifiedMs, time }, 'Nowhere/Else')).toBe(modifiedMs);
    expect(writtenSince({ modifiedMs, time: '2026-11-23 13:00:00' }, 'UTC')).toBe(modifiedMs);
  });
});
