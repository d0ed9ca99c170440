import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { selection } from '../../../src/postgres/selection.ts';
import { ownColumns } from '../../../src/sources/pg_query_stats/rowColumns.ts';
import { statementColumns } from '../../../src/sources/pg_query_stats/statementColumns.ts';
import { Sum } from '../../../src/sources/pg_query_stats/sums.ts';

const count = fc.bigInt({ min: 0n, max: 2n ** 60n }).map((value) => ({
  exact: value,
  calls: value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value.toString(),
}));

describe('Sum', () => {
  it('is null where nothing remains, and where nothing was measured', () => {
    const sum = new Sum();
    expect(sum.result()).toBeNull();
    sum.add({ calls: 1, blk_read_time: null }, 1);
    expect(sum.result()).toMatchObject({
      entries: 1,
      calls: 1,
      blk_read_time: null,
      wal_bytes: null,
    });
    sum.add({ calls: 1 }, -1);
    expect(sum.result()).toBeNull();
  });

  it('adds integers up exactly, whatever their size, also after some were taken away', () => {
    fc.assert(
      fc.property(fc.array(count, { minLength: 1 }), fc.array(count), (stay, go) => {
        const sum = new Sum();
        for (const each of [...stay, ...go]) sum.add({ calls: each.calls }, 1);
        for (const each of go) sum.add({ calls: each.calls }, -1);
        const exact = stay.reduce((total, each) => total + each.exact, 0n);
        expect(BigInt(sum.result()!['calls'] as number | string)).toBe(exact);
      }),
    );
  });

  it('adds exactly what no double holds together with what is there', () => {
    const sum = new Sum();
    for (const calls of [2 ** 52 - 1, 2 ** 53 - 2]) sum.add({ calls }, 1);
    sum.add({ calls: 2 ** 53 - 2 }, -1);
    expect(sum.result()).toMatchObject({ calls: 2 ** 52 - 1 });
    for (const calls of [2 ** 53 - 2, 2 ** 53 - 1]) sum.add({ calls }, 1);
    expect(sum.result()).toMatchObject({ calls: String(5n * 2n ** 52n - 4n) });
  });

  it('adds up rows as it does the fields made of them', () => {
    const own = Object.keys(ownColumns).length;
    const { read, width } = selection(statementColumns, () => true, own);
    const counters = fc.constantFrom('0', '1', '12345', '9007199254740993', null);
    const rows = fc.array(fc.array(counters, { minLength: own + width, maxLength: own + width }), {
      minLength: 1,
    });
    fc.assert(
      fc.property(rows, (all) => {
        const [byRow, byFields] = [new Sum(), new Sum()];
        for (const row of all) {
          byRow.addRow(row);
          byFields.add(read(row), 1);
        }
        expect(byRow.result()).toStrictEqual(byFields.result());
      }),
    );
  });

  it('leaves no crumbs of times', () => {
    const sum = new Sum();
    for (const total_time of [0.1, 0.2, 0.7]) sum.add({ total_time }, 1);
    sum.add({ total_time: 0.1 }, -1);
    expect(sum.result()).toMatchObject({ total_time: 0.9 });
  });
});
