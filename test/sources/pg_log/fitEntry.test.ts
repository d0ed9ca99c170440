import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogEntry } from '../../../src/postgres/logs/entry.ts';
import type { PlanNode } from '../../../src/postgres/logs/plan/logPlan.ts';
import { fitEntry } from '../../../src/sources/pg_log/fitEntry.ts';

const entry = (fields: Partial<LogEntry>): LogEntry => ({
  timestamp: '2026-11-23T07:46:58.363Z',
  level: 'ERROR',
  message: 'x',
  position: { file_id: '65024-5698802-d611a227b0f7eb52', offset: Number.MAX_SAFE_INTEGER },
  pid: 2_147_483_647,
  line_num: 2_147_483_647,
  query_id: '-9223372036854775808',
  session_id: '6b03e162.5114',
  sqlstate: '23505',
  event: 'duplicate_prepared_statement',
  duration_ms: 123_456_789.123,
  ...fields,
});
const size = (one: LogEntry): number => Buffer.byteLength(JSON.stringify(one));

describe('fitEntry', () => {
  it('never tells less than an entry takes', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'grapheme' }),
      fc.stringMatching(/^["\\\n\t\u0001\ud800a]*$/),
    );
    const fields = fc.record({
      ...{ message: text, detail: text, hint: text, context: text, statement: text },
      ...{ internal_query: text, user: text, database: text, application_name: text },
      ...{ client_addr: text, backend_type: text, location: text, backtrace: text },
    });
    fc.assert(
      fc.property(fields, (given) => {
        const { entry: fitted, bytes } = fitEntry(entry(given));
        expect(bytes).toBeGreaterThanOrEqual(size(fitted));
        expect(fitted).toMatchObject(given);
      }),
      { numRuns: 1000 },
    );
  });

  it('tells about as much as an entry takes', () => {
    const message = `duration: 1.000 ms  statement: ${'select 1, '.repeat(50)}`;
    const made = entry({ message, fields: { phase: 'statement' }, event: 'slow_statement' });
    expect(fitEntry(made).bytes).toBeLessThan(size(made) + 300);
  });

  it('makes any entry fit, and says so', () => {
    const long = '\u0001'.repeat(3_000_000);
    const { entry: fitted, bytes } = fitEntry(entry({ message: long, statement: long }));
    expect(bytes).toBeLessThanOrEqual(98_304);
    expect(fitted.truncated).toBe(true);
    expect(fitted.statement?.length).toBeGreaterThan(1000);
  });

  it('makes any plan fit', () => {
    const value = '\u0001'.repeat(1000);
    const node: PlanNode = {
      ...{ depth: 0, type: value, relation: value, index: value, startup_cost: 1, total_cost: 1 },
      ...{ plan_rows: 1, plan_width: 1, actual_startup_ms: 1, actual_total_ms: 1 },
      ...{ actual_rows: 1, actual_loops: 1 },
      properties: Array.from({ length: 24 }, () => ({ name: 'Filter', value })),
    };
    const nodes = Array.from({ length: 200 }, () => ({ ...node }));
    const { entry: fitted, bytes } = fitEntry(entry({ plan: { query: value.repeat(100), nodes } }));
    expect(bytes).toBeLessThanOrEqual(98_304);
    expect(fitted.plan?.truncated).toBe(true);
    expect(fitted.plan?.nodes.length).toBeGreaterThan(10);
  });
});
