import { describe, expect, it } from 'vitest';
import { goldenDifference } from './goldenDifference.ts';

const text = (...lines: readonly object[]): string =>
  lines.map((line) => `${JSON.stringify(line)}\n`).join('');
const metric = (t: number, value: number) => ({
  t,
  at: 'validated',
  unit: 'main/pg_stats',
  metric: { type: 'pg_stats', tables: [{ name: 'a', live: value }] },
});

describe('goldenDifference', () => {
  it('tells the field of a metric that differs, by its path', () => {
    expect(goldenDifference(text(metric(1, 1)), text(metric(1, 2)))).toBe(
      '  line 1 (validated main/pg_stats pg_stats)\n    metric.tables[0].live: 1 → 2',
    );
  });

  it('tells lines that are in one alone', () => {
    const notice = { t: 1, at: 'notice', unit: 'sink', message: 'x' };
    expect(goldenDifference(text(metric(1, 1)), text(notice, metric(1, 1)))).toBe(
      `+ ${JSON.stringify(notice)}`,
    );
    expect(goldenDifference(text(notice, metric(1, 1)), text(metric(1, 1)))).toBe(
      `- ${JSON.stringify(notice)}`,
    );
  });

  it('shows the first differences and counts the others', () => {
    const many = (value: number) => text(...Array.from({ length: 50 }, (_, n) => metric(n, value)));
    expect(goldenDifference(many(1), many(2)).split('\n').at(-1)).toBe('  … 80 more');
  });
});
