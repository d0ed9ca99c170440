import { describe, expect, it } from 'vitest';
import type { Identity } from '../../../src/ports/identity.ts';
import { registrationLimit } from '../../../src/streams/tokens/registrationLimit.ts';

const HOUR = 3_600_000;
const now = 100 * HOUR;
const identity: Identity = {
  ...{ collectorId: 'a', token: 't', tokenArrivedAt: 0, expiresAt: null },
  ...{ certificate: null, privateKey: null },
};

describe('registrationLimit', () => {
  it('lets a collector of which nothing is remembered register anew', () => {
    expect(registrationLimit.reached(identity, now)).toBeNull();
  });

  it('is reached for an hour after any registration', () => {
    expect(registrationLimit.reached({ registeredAt: now - HOUR + 1 }, now)).toContain(
      'less than an hour',
    );
    expect(registrationLimit.reached({ registeredAt: now - HOUR }, now)).toBeNull();
    expect(registrationLimit.reached({ renewedAt: [now - HOUR + 1] }, now)).toContain(
      'less than an hour',
    );
  });

  it('is reached for a day after three in the place of an older identity', () => {
    const renewedAt = [now - 23 * HOUR, now - 5 * HOUR, now - 2 * HOUR];
    expect(registrationLimit.reached({ renewedAt }, now)).toContain('3 times in a day');
    expect(registrationLimit.reached({ renewedAt }, now + HOUR)).toBeNull();
  });

  it('does not count the first registration of another machine, but those that copies made', () => {
    expect(registrationLimit.reached({ registeredAt: now, foreign: true }, now)).toBeNull();
    expect(registrationLimit.reached({ renewedAt: [now], foreign: true }, now)).toContain(
      'less than an hour',
    );
  });

  it('takes moments that lie ahead for now: a clock that was set back stops nothing for good', () => {
    const ahead = { ...identity, renewedAt: [now + 99 * HOUR] };
    expect(registrationLimit.reached(ahead, now)).not.toBeNull();
    expect(registrationLimit.counted(ahead, now).renewedAt).toEqual([now, now]);
  });

  it('forgets what is older than a day', () => {
    const before = { ...identity, renewedAt: [now - 25 * HOUR, now - HOUR] };
    expect(registrationLimit.counted(before, now).renewedAt).toEqual([now - HOUR, now]);
  });

  it('passes former ids on, the newest last and twenty at most', () => {
    const formerIds = Array.from({ length: 20 }, (_, n) => `f${n}`);
    expect(registrationLimit.inherited({ ...identity, formerIds }).formerIds).toEqual([
      ...formerIds.slice(1),
      'a',
    ]);
  });
});
