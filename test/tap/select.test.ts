import { from } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../../src/schema/journal.ts';
import type { Json } from '../../src/schema/json.ts';
import type { Header } from '../../src/schema/payload.ts';
import { select } from '../../src/tap/select.ts';
import { type Selection, everything } from '../../src/tap/selection.ts';
import { tapped } from '../../src/tap/tapped.ts';
import { aHeader, aMetric, aReceipt } from '../streams/entries.ts';

/** A metric as it is read and validated. */
function read(seq: number, type: string, fields: Record<string, Json> = {}): [Entry, Entry] {
  const metric = aMetric(type, fields);
  const json = JSON.stringify(metric);
  const server = fields['server'];
  const unit = typeof server === 'string' ? `${server}/${type}` : type;
  return [
    { at: 'source', unit, metric },
    { at: 'validated', metric, line: { seq, unit, type, json, bytes: json.length } },
  ];
}
const short = (entry: Entry): string => {
  switch (entry.at) {
    case 'source':
      return `source ${entry.metric.type}`;
    case 'validated':
      return `${entry.line.seq} ${entry.line.type}`;
    case 'batched':
    case 'spooled':
    case 'set_aside':
      return `${entry.at} ${entry.header.id}`;
    case 'sent':
    case 'acked':
      return `${entry.at} ${entry.receipt.header.id}`;
    case 'notice':
      return entry.message;
    default:
      return entry.at;
  }
};
function run(entries: readonly Entry[], set: Partial<Selection>): string[] {
  const found = select({ ...everything, ...set });
  if ('problem' in found) throw new Error(found.problem);
  const seen: string[] = [];
  from(entries)
    .pipe(found.work)
    .subscribe((entry) => seen.push(short(entry)));
  return seen;
}
const header = (id: string, seqs: [number, number], parent?: string): Header => ({
  ...aHeader({ pg_stats: 1 }, id),
  seqs,
  ...(parent === undefined ? {} : { parent }),
});
const refused = aReceipt(header('p', [0, 3]), { is: 'retry', cause: '503' });
const delivered = aReceipt(header('p', [0, 3]), { is: 'delivered' });
const journal: readonly Entry[] = [
  ...read(0, 'pg_stats', { server: 'main', database: 'shop', n: 1 }),
  ...read(1, 'pg_stats', { server: 'other', database: 'shop', n: 5 }),
  ...read(2, 'sysstat', { cpu: { user: 90 } }),
  ...read(3, 'pg_health', { server: 'main', up: 0 }),
  { at: 'config', origin: 'pull', version: 3, changed: [] },
  { at: 'trouble', unit: 'main/pg_stats', code: 'ERR_QUERY', message: 'no' },
  { at: 'dropped', from: 'buffered', counts: { pg_log: 1 }, reason: 'invalid', problem: 'x' },
  { at: 'batched', header: header('p', [0, 3]) },
  { at: 'sent', receipt: refused },
  { at: 'sent', receipt: delivered },
  { at: 'acked', receipt: delivered },
];

describe('select', () => {
  it.each<[string, Partial<Selection>, string[]]>([
    ['every validated metric', {}, ['0 pg_stats', '1 pg_stats', '2 sysstat', '3 pg_health']],
    ['types', { types: ['pg_st*'] }, ['0 pg_stats', '1 pg_stats']],
    ['units', { types: ['main/*'] }, ['0 pg_stats', '3 pg_health']],
    ['servers', { servers: ['ma*'] }, ['0 pg_stats', '3 pg_health']],
    ['databases', { servers: ['*'], databases: ['sho?'] }, ['0 pg_stats', '1 pg_stats']],
    ['a condition', { where: ['n > 1 or cpu.user > 50'] }, ['1 pg_stats', '2 sysstat']],
    ['several conditions', { where: ['n', 'server == "main"'] }, ['0 pg_stats']],
    ['what has a field', { having: ['cpu.user', 'up'] }, ['2 sysstat', '3 pg_health']],
    ['one of two', { sample: 2 }, ['0 pg_stats', '2 sysstat']],
    ['what is read', { at: ['source'], types: ['sysstat'] }, ['source sysstat']],
    ['attempts', { at: ['sent'] }, ['sent p', 'sent p']],
    ['attempts by their fields', { at: ['sent'], where: ["verdict == 'retry'"] }, ['sent p']],
    ['attempts by type', { at: ['sent', 'batched'], types: ['sysstat'] }, []],
    ['losses', { at: ['dropped'] }, ['dropped']],
    ['errors', { errors: true }, ['3 pg_health', 'trouble', 'dropped', 'sent p']],
    ['errors of a server', { errors: true, servers: ['main'] }, ['3 pg_health', 'trouble']],
    [
      'types, and what happens beside them',
      { types: ['sysstat'], events: true },
      ['2 sysstat', 'config', 'dropped', 'sent p', 'acked p'],
    ],
  ])('selects %s', (_, set, expected) => {
    expect(run(journal, set)).toEqual(expected);
  });

  it('passes on a metric only where its values moved against the one before in its series', () => {
    const at = (seq: number, server: string, n: number) =>
      read(seq, 'pg_stats', { server, rows: [{ n }], timestamp: `2026-01-02T03:04:0${seq}.000Z` });
    const readings = [at(0, 'a', 1), at(1, 'b', 1), at(2, 'a', 1), at(3, 'a', 2), at(4, 'b', 1)];
    expect(run(readings.flat(), { changed: true })).toEqual([
      '0 pg_stats',
      '1 pg_stats',
      '3 pg_stats',
    ]);
  });

  it('forgets nothing between two subscriptions and shares nothing', () => {
    const set = { changed: true, sample: 2 };
    expect(run(journal, set)).toEqual(run(journal, set));
  });

  it('says what is wrong with a condition, and where', () => {
    expect(select({ ...everything, where: ['up =='] })).toMatchObject({
      problem: expect.stringContaining('column 6') as string,
    });
  });

  it('numbers what is selected from 1', () => {
    const found = tapped({ ...everything, types: ['sysstat', 'pg_health'] }, (seq, entry) => ({
      seq,
      entry,
    }));
    const seqs: number[] = [];
    if ('work' in found)
      from(journal)
        .pipe(found.work)
        .subscribe(({ seq }) => seqs.push(seq));
    expect(seqs).toEqual([1, 2]);
  });
});

describe('tracing', () => {
  const before: Entry[] = [
    // Left by the run before: its numbers mean other metrics.
    { at: 'sent', receipt: aReceipt(header('old', [0, 9]), { is: 'delivered' }) },
    { at: 'acked', receipt: aReceipt(header('old', [0, 9]), { is: 'delivered' }) },
  ];

  it('follows one metric through all stages and ends with its receipt', () => {
    const more = read(4, 'agent');
    expect(
      run([...journal.slice(0, 4), ...before, ...journal.slice(4), ...more], { trace: 1 }),
    ).toEqual(['source pg_stats', '1 pg_stats', 'batched p', 'sent p', 'sent p', 'acked p']);
  });

  it('takes the next that is selected', () => {
    expect(run(journal, { trace: 'next', where: ['cpu.user > 1'] }).slice(0, 2)).toEqual([
      'source sysstat',
      '2 sysstat',
    ]);
  });

  it('follows the half of a split payload that carries the metric', () => {
    const half = (id: string, seqs: [number, number]): Entry[] => [
      { at: 'sent', receipt: aReceipt(header(id, seqs, 'p'), { is: 'delivered' }) },
      { at: 'acked', receipt: aReceipt(header(id, seqs, 'p'), { is: 'delivered' }) },
    ];
    const split = [...journal.slice(0, 13), ...half('p.0', [0, 1]), ...half('p.1', [2, 3])];
    expect(run(split, { trace: 2 })).toEqual([
      'source sysstat',
      '2 sysstat',
      'batched p',
      'sent p',
      'sent p.1',
      'acked p.1',
    ]);
  });

  it('ends where the metric is lost', () => {
    const lost: Entry = {
      at: 'dropped',
      from: 'buffered',
      counts: { pg_stats: 2 },
      reason: 'buffer_full',
      seqs: [0, 1],
    };
    expect(run([...journal.slice(0, 8), lost, ...journal.slice(8)], { trace: 1 })).toEqual([
      'source pg_stats',
      '1 pg_stats',
      'dropped',
    ]);
    const evicted: Entry = { ...lost, from: 'spooled', payload: 'p' };
    expect(run([...journal.slice(0, 13), evicted], { trace: 3 }).at(-1)).toBe('dropped');
  });

  it('ends with the rejection of a metric that fails its schema', () => {
    const metric = aMetric('bad');
    const entries: Entry[] = [
      { at: 'source', unit: 'bad', metric },
      { at: 'dropped', from: 'buffered', counts: { bad: 1 }, reason: 'invalid', metric },
    ];
    expect(run([...entries, ...journal], { trace: 'next' })).toEqual(['source bad', 'dropped']);
  });

  it('says where the metric has passed already', () => {
    expect(run(journal.slice(4), { trace: 0 })).toEqual([
      'metric 0 has passed: the newest is 2, and what is remembered of it is gone',
    ]);
  });
});
