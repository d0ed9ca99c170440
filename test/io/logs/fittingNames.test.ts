import { describe, expect, it } from 'vitest';
import { fittingNames } from '../../../src/io/logs/fittingNames.ts';

describe('the names of a log', () => {
  it.each([
    ['postgresql-%Y-%m-%d_%H%M%S.log', 'postgresql-2026-11-23_101500.log', true],
    ['postgresql-%Y-%m-%d_%H%M%S.log', 'postgresql-18-main.log', false],
    ['postgresql-%Y-%m-%d_%H%M%S.log', 'postgresql-2026-11-23_101500.log.1', false],
    ['postgresql-%a.log', 'postgresql-Mon.log', true],
    ['postgresql-%a.log', 'postgresql-18-main.log', false],
    ['%A-%B-%e-%p.csv', 'Wednesday-September- 3-AM.csv', true],
    ['pg.%s.json', 'pg.1795421491.json', true],
    ['pg+(x).log', 'pg+(x).log', true],
    ['pg+(x).log', 'pgg(x)xlog', false],
    ['100%%.log', '100%.log', true],
    ['server_%Z.log', 'server_CET.log', true],
  ])('%s: %s %s', (filename, name, fits) => {
    expect(fittingNames({ suffix: '', filename })(name)).toBe(fits);
  });

  it('end as is told, and without an ending are no packed ones', () => {
    expect(fittingNames({ suffix: '.log' })('x.log')).toBe(true);
    expect(fittingNames({ suffix: '.log' })('x.log.gz')).toBe(false);
    expect(fittingNames({ suffix: '' })('x')).toBe(true);
    expect(fittingNames({ suffix: '' })('x.gz')).toBe(false);
  });
});
