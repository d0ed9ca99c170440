import { describe, expect, it } from 'vitest';
import { countingSource, serverCountingSource } from '../../support/countingSource.ts';
import { simulate } from '../../support/simulate.ts';

const MINUTE = 60_000;

describe('the agent: its end', () => {
  it('lets a poll in flight finish within 3 s and pushes what it read', () => {
    const source = countingSource('slow', { everyS: 60, takesMs: 2_900 });
    const run = simulate({ sources: [source], stopAtMs: 1_000 });
    expect(run.books).toMatchObject({ collected: 1, delivered: 1 });
    expect(run.endedMs).toBeLessThan(4_500);
  });

  it('cancels a poll that takes longer', () => {
    const source = countingSource('slow', { everyS: 60, takesMs: 5_000 });
    const run = simulate({ sources: [source], stopAtMs: 1_000 });
    expect(run.books.collected).toBe(0);
    expect(run.endedMs).toBe(4_000);
  });

  it('flushes the open window, delivers it and ends as soon as nothing is left', () => {
    const run = simulate({ sources: [countingSource('cpu')], stopAtMs: 45_001 });
    expect(run.books.collected).toBeGreaterThan(3);
    expect(run.books.delivered).toBe(run.books.collected);
    expect(run.backend.stored).toHaveLength(1);
    expect(run.endedMs).toBeLessThan(46_000);
  });

  it('ends within 10 s where the backend hangs, and closes the books over what is left', () => {
    const run = simulate({
      sources: [countingSource('cpu')],
      script: { 90_001: ({ backend }) => (backend.hanging = true) },
      stopAtMs: 5 * MINUTE,
    });
    expect(run.endedMs).toBe(5 * MINUTE + 10_000);
    const { collected, delivered, dropped } = run.books;
    expect(run.books).toMatchObject({ buffered: 0, spooled: 0 });
    expect(dropped['shutdown']).toBe(collected - delivered);
    expect(dropped['shutdown']).toBeGreaterThan(15);
  });

  it('ends within 10 s where there never was an identity, and drops what waits in the buffer', () => {
    const run = simulate({
      sources: [countingSource('cpu')],
      script: { 0: ({ backend }) => (backend.down = true) },
      stopAtMs: 5 * MINUTE,
    });
    expect(run.endedMs).toBe(5 * MINUTE + 10_000);
    expect(run.books).toMatchObject({
      buffered: 0,
      spooled: 0,
      dropped: { shutdown: run.books.collected },
    });
  });

  it('aborts everything on unsubscription: nothing is flushed, nothing stays open', () => {
    const source = countingSource('slow', { everyS: 5, takesMs: 4_900 });
    let openBefore = {};
    const run = simulate({
      sources: [source, serverCountingSource('activity', 5)],
      text: '[[postgres]]\nname = "a"\n',
      ports: { queryMs: 4_900 },
      script: {
        100_001: ({ backend }) => (backend.hanging = true),
        130_999: ({ backend, open }) => {
          openBefore = { http: backend.open, ...open };
        },
      },
      stopAtMs: null,
      forMs: 131_000,
    });
    // `simulate` sees that all of this is closed afterwards.
    expect(openBefore).toMatchObject({ http: 1, query: 1, postgres: 1, spool: 1 });
    expect(run.endedMs).toBeNull();
    expect(run.of('ended')).toEqual([]);
    expect(run.servers).toEqual(['a', '-a']);
    expect(run.books.buffered + run.books.spooled).toBeGreaterThan(0);
  });

  it('ends at once where it is asked to before its start', () => {
    const run = simulate({ sources: [countingSource('cpu')], stopAtMs: 0 });
    expect(run.endedMs).toBeLessThan(4_000);
    expect(run.books.delivered).toBe(run.books.collected);
  });
});
