import { describe, expect, it } from 'vitest';
import { readPlan } from '../../../../src/postgres/logs/plan/readPlan.ts';
import { processorMs } from '../../../support/processorMs.ts';

const head = 'duration: 5.000 ms  plan:\n';
const join = `Hash Join  (cost=1.04..2.10 rows=4 width=8) (actual time=0.010..0.020 rows=4 loops=1)
  Hash Cond: (t.id = child.id)
  Buffers: shared hit=2
  ->  Index Scan using "t Key" on public.t a  (cost=0.14..1.03 rows=3 width=4) (never executed)
        Index Cond: (a.id > 7)
  ->  Hash  (cost=1.02..1.02 rows=2 width=4)
        ->  Seq Scan on child  (cost=0.00..1.02 rows=2 width=4) (actual rows=2.00 loops=1)
Settings: work_mem = '64kB'`;

describe('readPlan', () => {
  it('reads the form text: nodes with their depth, figures and properties', () => {
    const query = "SELECT *\n FROM t -- '\n JOIN child";
    const plan = readPlan(`${head}Query Text: ${query}\n${join}`);
    expect(plan?.query).toBe(query);
    expect(
      plan?.nodes.map(({ depth, type, relation, index }) => [depth, type, relation, index]),
    ).toEqual([
      [0, 'Hash Join', null, null],
      [1, 'Index Scan', 'public.t a', '"t Key"'],
      [1, 'Hash', null, null],
      [2, 'Seq Scan', 'child', null],
    ]);
    const [first, second, , last] = plan?.nodes ?? [];
    expect(first).toMatchObject({
      ...{ startup_cost: 1.04, total_cost: 2.1, plan_rows: 4, plan_width: 8 },
      ...{ actual_startup_ms: 0.01, actual_total_ms: 0.02, actual_rows: 4, actual_loops: 1 },
      properties: [
        { name: 'Hash Cond', value: '(t.id = child.id)' },
        { name: 'Buffers', value: 'shared hit=2' },
      ],
    });
    expect(second).toMatchObject({ actual_rows: null, actual_total_ms: null });
    expect(last).toMatchObject({ actual_rows: 2, actual_total_ms: null });
  });

  it('reads the form JSON alike', () => {
    const scan = {
      'Node Type': 'Seq Scan',
      'Relation Name': 't',
      'Plan Rows': 3,
      Filter: "(a = 'x')",
    };
    const written = {
      'Query Text': 'SELECT 1',
      'Query Parameters': "$1 = 'x'",
      Plan: {
        'Node Type': 'Sort',
        'Sort Key': ['a', 'b'],
        'Total Cost': 2.5,
        Workers: [{}],
        Plans: [scan],
      },
    };
    const plan = readPlan(head + JSON.stringify(written, null, 2));
    expect(plan?.query).toBe('SELECT 1');
    expect(plan?.nodes).toMatchObject([
      {
        depth: 0,
        type: 'Sort',
        total_cost: 2.5,
        properties: [{ name: 'Sort Key', value: 'a, b' }],
      },
      { depth: 1, type: 'Seq Scan', relation: 't', plan_rows: 3 },
    ]);
    expect(JSON.stringify(plan)).not.toContain('$1');
  });

  it('finds the plan behind the query and its parameters, not within a literal of them', () => {
    const node = 'Seq Scan on s3cr3t  (cost=0.00..1.00 rows=1 width=4)';
    const text = `Query Text: SELECT '\n${node}\n  Filter: x'\nQuery Parameters: $1 = '\n${node}'\n${join}`;
    const plan = readPlan(head + text);
    expect(plan?.query).toBe(`SELECT '\n${node}\n  Filter: x'`);
    expect(plan?.nodes[0]?.type).toBe('Hash Join');
    expect(JSON.stringify(plan?.nodes)).not.toContain('s3cr3t');
  });

  it.each([
    'Query Text: SELECT 1',
    `Query Text: SELECT 'cut off\n${join}`,
    '{"Query Text": "SELECT 1", "Plan": {',
    '{"Plan": []}',
    '<explain/>',
    '',
  ])('knows nothing of %j', (text) => {
    expect(readPlan(head + text)).toBeUndefined();
  });

  it('takes a bounded part of a long plan, in little time', () => {
    const line = '  ->  Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)\n';
    const plan = readPlan(`${head}Query Text: SELECT 1\n${join}\n${line.repeat(1000)}`);
    expect(plan).toMatchObject({ truncated: true });
    expect(plan?.nodes).toHaveLength(200);
    const took = processorMs(() => {
      readPlan(`${head}Query Text: SELECT 1\n${'  ->  a'.repeat(200_000)}`);
      readPlan(`${head}Query Text: SELECT 1\n${' \n'.repeat(50_000)}${'(cost=1'.repeat(50_000)}`);
    });
    expect(took).toBeLessThan(5_000);
  });
});
