import { describe, expect, it } from 'vitest';
import { logTimestamp } from '../../../src/postgres/logs/logTimestamp.ts';

describe('logTimestamp', () => {
  it.each([
    ['UTC', '2026-11-23 07:46:58.363 UTC', '2026-11-23T07:46:58.363Z'],
    ['UTC', '2026-11-23 07:46:58 GMT', '2026-11-23T07:46:58.000Z'],
    ['UTC', '2026-11-23 07:46:58.1 +0530', '2026-11-23T02:16:58.1Z'],
    ['UTC', '2026-01-01 00:30:00 +03', '2025-12-31T21:30:00.000Z'],
    ['UTC', '2026-01-01 22:30:00 -03', '2026-01-02T01:30:00.000Z'],
    ['Europe/Berlin', '2026-11-23 07:46:58.363 CET', '2026-11-23T06:46:58.363Z'],
    ['Europe/Berlin', '2026-07-01 07:00:00.000 CEST', '2026-07-01T05:00:00.000Z'],
    // The hour that exists twice.
    ['Europe/Berlin', '2026-10-25 02:30:00.000 CEST', '2026-10-25T00:30:00.000Z'],
    ['Europe/Berlin', '2026-10-25 02:30:00.000 CET', '2026-10-25T01:30:00.000Z'],
    ['America/New_York', '2026-11-01 01:30:00.000 EDT', '2026-11-01T05:30:00.000Z'],
    ['America/New_York', '2026-11-01 01:30:00.000 EST', '2026-11-01T06:30:00.000Z'],
    ['Australia/Sydney', '2026-01-01 00:00:00.000 AEDT', '2025-12-31T13:00:00.000Z'],
    ['Asia/Kolkata', '2026-01-01 00:00:00.000 IST', '2025-12-31T18:30:00.000Z'],
    ['Asia/Jerusalem', '2026-01-01 00:00:00.000 IST', '2025-12-31T22:00:00.000Z'],
  ])('in %s reads %s', (zone, text, expected) => {
    expect(logTimestamp(zone)(text)).toBe(expected);
  });

  it('knows nothing of an abbreviation in a zone that the host does not know', () => {
    const read = logTimestamp('Nowhere/Else');
    expect(read('2026-11-23 07:46:58.363 XYZ')).toBeUndefined();
    expect(read('2026-11-23 07:46:58.363 UTC')).toBe('2026-11-23T07:46:58.363Z');
  });

  it.each(['', 'now', '2026-13-45 99:99:99 UTC', '2026-11-23T07:46:58Z'])('refuses %j', (text) => {
    expect(logTimestamp('UTC')(text)).toBeUndefined();
  });
});
