import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyBooks } from '../../../src/schema/books.ts';
import type { Entry } from '../../../src/schema/journal.ts';
import { imbalance, lostOf, post } from '../../../src/streams/journal/books.ts';
import { openJournal } from '../../../src/streams/journal.ts';
import { aHeader, aMetric, aReceipt, acked } from '../entries.ts';

const read: Entry = { at: 'source', unit: 'sysstat', metric: aMetric() };
const entriesOf = (count: number): Entry[] => [
  read,
  { at: 'spooled', header: aHeader({ sysstat: count }) },
  acked({ sysstat: count }),
  { at: 'set_aside', header: aHeader({ sysstat: count }), reason: '400' },
  { at: 'dropped', from: 'buffered', counts: { sysstat: count }, reason: 'buffer_full' },
  { at: 'dropped', from: 'spooled', counts: { sysstat: count }, reason: 'spool_full' },
  { at: 'recovered', counts: { sysstat: count } },
  { at: 'trouble', unit: 'a', code: 'b', message: 'c' },
];

describe('the books', () => {
  it('balance after every entry, whatever the order', () => {
    const entry = fc
      .tuple(fc.nat(7), fc.integer({ min: 1, max: 9 }))
      .map(([kind, count]) => entriesOf(count)[kind]!);
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 50 }), (entries) => {
        let books = emptyBooks;
        for (const next of entries) {
          books = post(books, next);
          expect(imbalance(books)).toBe(0);
        }
      }),
    );
  });

  it('follow a metric from its source to the acknowledgement', () => {
    const steps = [read, read, { at: 'spooled', header: aHeader({ sysstat: 2 }) } as const];
    const stored = steps.reduce(post, emptyBooks);
    expect(stored).toMatchObject({ collected: 2, buffered: 0, spooled: 2, delivered: 0 });
    expect(post(stored, acked({ sysstat: 2 }))).toMatchObject({ spooled: 0, delivered: 2 });
  });

  it('name the reason of every loss', () => {
    const drop = (reason: string, count: number): Entry => ({
      at: 'dropped',
      from: 'buffered',
      counts: { sysstat: count },
      reason,
    });
    const books = [read, read, read, drop('invalid', 1), drop('buffer_full', 2)].reduce(
      post,
      emptyBooks,
    );
    expect(books.dropped).toStrictEqual({ invalid: 1, buffer_full: 2 });
    expect(lostOf(books)).toBe(3);
  });

  it('count what is set aside as lost', () => {
    const books = post(
      { ...emptyBooks, spooled: 4 },
      { at: 'set_aside', header: aHeader({ a: 4 }), reason: 'x' },
    );
    expect(books).toMatchObject({ spooled: 0, setAside: 4 });
    expect(lostOf(books)).toBe(4);
  });
});

describe('the journal', () => {
  it('gives all readers one order, also for entries that are noted while one is read', () => {
    const journal = openJournal();
    const seen: string[] = [];
    journal.entries$.subscribe((entry) => {
      if (entry.at === 'source') journal.note({ at: 'notice', unit: 'a', message: 'nested' });
    });
    journal.entries$.subscribe((entry) => seen.push(entry.at));
    journal.note(read);
    journal.note(read);
    expect(seen).toStrictEqual(['source', 'notice', 'source', 'notice']);
  });

  it('has posted an entry before anyone reads it', () => {
    const journal = openJournal();
    let collected = -1;
    journal.entries$.subscribe(() => {
      collected = journal.books().collected;
    });
    journal.note(read);
    expect(collected).toBe(1);
  });

  it('sums up what the agent did', () => {
    const journal = openJournal();
    const header = aHeader({ sysstat: 1 });
    const receipt = aReceipt(header, { is: 'delivered' }, { tookMs: 7 });
    const cost = { budget: 1, spent: 0.5, reads: [] };
    for (const entry of [
      read,
      { at: 'batched', header },
      { at: 'sent', receipt },
      { at: 'acked', receipt },
      { at: 'skipped', unit: 'sysstat', ticks: 2 },
      { at: 'trouble', unit: 'sysstat', code: 'ERR_X', message: 'm' },
      { at: 'dropped', from: 'buffered', counts: { a: 5 }, reason: 'buffer_full' },
      { at: 'cost', server: 'gone', cost },
      { at: 'cost', server: 'main', cost },
      { at: 'cost', server: 'gone', cost: null },
      { at: 'config', origin: 'pull', version: 7, changed: [] },
    ] as Entry[]) {
      journal.note(entry);
    }
    let activity: unknown;
    journal.activity$.subscribe((now) => (activity = now)).unsubscribe();
    expect(activity).toStrictEqual({
      skipped: { sysstat: 2 },
      troubles: { ERR_X: 1 },
      failures: { sysstat: 1 },
      dropped: { a: { buffer_full: 5 } },
      metrics: { sysstat: 1 },
      windows: 1,
      rawBytes: 1_000,
      compressedBytes: 400,
      overflows: 1,
      attempts: 1,
      pushes: 1,
      sentBytes: 400,
      lastPushMs: 7,
      configs: 1,
      configVersion: 7,
      costs: { main: cost },
    });
  });

  it('completes its streams at the end', () => {
    const journal = openJournal();
    const ended: string[] = [];
    journal.entries$.subscribe({ complete: () => ended.push('entries') });
    journal.books$.subscribe({ complete: () => ended.push('books') });
    journal.end();
    expect(ended).toStrictEqual(['books', 'entries']);
  });
});
