import { beforeAll, describe, expect, it } from 'vitest';
import { chosenRelations, keptRelations } from '../../src/postgres/chosenRelations.ts';
import { withPostgres } from '../support/postgres.ts';

const dev = withPostgres();
beforeAll(() =>
  dev().sql(`DO $$ BEGIN
  FOR i IN 1..9 LOOP EXECUTE format('CREATE TABLE %s (a int)', repeat('t', i)); END LOOP; END $$`),
);

/** The lengths of the names of the tables that are chosen: the name's length stands for what makes one important. */
async function lengths(
  rankings: readonly string[] | 'kept',
  max: number,
  kept: readonly string[] = [],
) {
  const choice = { kinds: `'r'`, condition: `n.nspname = 'public'` };
  const head =
    rankings === 'kept' ? keptRelations(choice) : chosenRelations({ ...choice, rankings });
  const client = await dev().connect();
  try {
    const { rows } = await client.query<{ length: number; total: string }>(
      `${head} SELECT length(c.relname), h.total FROM chosen h JOIN pg_class c ON c.oid = h.oid ORDER BY h.rank, c.oid`,
      [await oids(kept), max],
    );
    expect(rows.every(({ total }) => total === '9')).toBe(true);
    return rows.map(({ length }) => length);
  } finally {
    await client.end();
  }
}
const oids = async (names: readonly string[]): Promise<number[]> => {
  const rows = await dev().sql('SELECT oid::int, relname FROM pg_class');
  return rows
    .filter(({ relname }) => names.includes(relname as string))
    .map(({ oid }) => oid as number);
};
const [longest, shortest] = ['length(c.relname)', '-length(c.relname)'];

describe('chosenRelations', () => {
  it('takes turns among the rankings', async () => {
    expect(await lengths([longest], 3)).toEqual([9, 8, 7]);
    expect((await lengths([longest, shortest], 4)).sort()).toEqual([1, 2, 8, 9]);
  });

  it('keeps what is to stay, the rest goes by rank', async () => {
    expect((await lengths([longest], 3, ['t', 'ttttt', 'gone'])).sort()).toEqual([1, 5, 9]);
    expect(await lengths([longest], 1, ['t', 'ttttt'])).toEqual([5]);
  });

  it('measures nothing where all are kept, in their order, and knows how many there are', async () => {
    expect((await lengths('kept', 2, ['ttttt', 't', 'gone'])).sort()).toEqual([1, 5]);
    expect(await lengths('kept', 1, ['ttt', 'tt'])).toHaveLength(1);
  });

  it('measures nothing where all fit', async () => {
    const fails = '1 / (length(c.relname) - length(c.relname))';
    expect(await lengths([fails], 9)).toHaveLength(9);
    await expect(lengths([fails], 8)).rejects.toThrow('division by zero');
  });

  it('gives all where all fit, and puts what has no rank last', async () => {
    expect(await lengths([longest], 100)).toHaveLength(9);
    expect(await lengths([`nullif(length(c.relname), 9)`], 2)).toEqual([8, 7]);
  });
});
