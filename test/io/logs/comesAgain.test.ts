import { describe, expect, it } from 'vitest';
import { comesAgain } from '../../../src/io/logs/comesAgain.ts';

describe('the name of a log file', () => {
  it.each([
    'postgresql-%Y-%m-%d_%H%M%S.log',
    'server.%y%j.log',
    'pg-%F-%T.log',
    'pg-%F_%I%p.log',
    'pg.%s',
    'pg-%Y-%b.log',
  ])('is used once where it tells the time without a gap: %s', (filename) => {
    expect(comesAgain(filename)).toBe(false);
  });

  it.each([
    'server-%a.log',
    'server-%d.log',
    'pg-%m-%d.log',
    'pg-%Y-%H.log',
    'pg-%F_%I.log',
    'pg-%M%S.log',
    'postgresql.log',
    '100%%.log',
    undefined,
  ])('is used again where it does not, or is not known: %s', (filename) => {
    expect(comesAgain(filename)).toBe(true);
  });
});
