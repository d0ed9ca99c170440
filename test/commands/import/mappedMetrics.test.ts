import { expect, it } from 'vitest';
import { fromExporter } from '../../../src/commands/import/fromExporter.ts';
import { withPostgres } from '../../support/postgres.ts';

const server = withPostgres();
const imported = (query: string, mapping: unknown) =>
  fromExporter({
    states: {
      query,
      metrics: [
        { pid: { usage: 'LABEL' } },
        { state: { usage: 'MAPPEDMETRIC', metric_mapping: mapping } },
      ],
    },
  });

it('a mapped metric becomes a gauge beside its text: the number of each text, NULL for another', async () => {
  const texts = `WITH s (pid, state) AS (VALUES (1, 'it''s idle'), (2, 'active'), (3, 'lost')) SELECT * FROM s; -- all`;
  const { queries, remarks } = imported(texts.replace('; -- all', ' -- all\n;\n'), {
    "it's idle": 0,
    active: 1.5,
  });
  const [query] = queries;
  expect(query?.columns).toStrictEqual({ pid: 'label', state: 'ignore', state_value: 'gauge' });
  expect(remarks).toStrictEqual(['states: column state: its numbers are in state_value']);
  expect(await server().sql(query!.sql)).toStrictEqual([
    { pid: 1, state: "it's idle", state_value: 0 },
    { pid: 2, state: 'active', state_value: 1.5 },
    { pid: 3, state: 'lost', state_value: null },
  ]);
});

it('a mapping that is not in numbers is said, and the query stays as it is', () => {
  for (const mapping of [{ active: 'yes' }, { active: null }, {}, null]) {
    const { queries, remarks } = imported('SELECT 1 AS pid', mapping);
    expect(queries[0]?.sql).toBe('SELECT 1 AS pid');
    expect(remarks).toStrictEqual(['states: column state: usage MAPPEDMETRIC has no counterpart']);
  }
});
