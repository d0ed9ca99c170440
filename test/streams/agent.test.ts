import { describe, expect, it } from 'vitest';
import { countingSource, serverCountingSource } from '../support/countingSource.ts';
import { gaps, simulate, upTo } from '../support/simulate.ts';

const MINUTE = 60_000;

describe('the agent: cycles', () => {
  it('collects, validates, buffers and pushes, cycle after cycle, and loses nothing', () => {
    const source = countingSource('cpu');
    const run = simulate({ sources: [source], stopAtMs: 10 * MINUTE });
    expect(source.counted.metrics).toBeGreaterThanOrEqual(60);
    expect(run.numbers('cpu')).toEqual(upTo(source.counted.metrics));
    expect(run.backend.stored.length).toBeGreaterThanOrEqual(10);
    expect(run.books).toMatchObject({
      collected: source.counted.metrics,
      delivered: source.counted.metrics,
      buffered: 0,
      spooled: 0,
      dropped: {},
    });
    expect(run.troubles()).toEqual([]);
    const [, ...stages] = run.noted.map(({ entry }) => entry.at);
    expect(stages.slice(0, 2)).toEqual(['recovered', 'source']);
    expect(run.noted.at(-1)?.entry.at).toBe('ended');
  });

  it('runs host and server sources side by side, each at its own interval', () => {
    const run = simulate({
      sources: [countingSource('cpu', { everyS: 5 }), serverCountingSource('activity', 20)],
      text: '[collector]\npush_interval = 30\n[[postgres]]\nname = "a"\n[[postgres]]\nname = "b"\n',
      stopAtMs: 5 * MINUTE,
    });
    expect(new Set(gaps(run.reads('cpu').slice(1)))).toEqual(new Set([5_000]));
    for (const unit of ['a/activity', 'b/activity']) {
      expect(new Set(gaps(run.reads(unit).slice(1)))).toEqual(new Set([20_000]));
    }
    const servers = new Set(run.backend.metrics('activity').map(({ server }) => server));
    expect(servers).toEqual(new Set(['a', 'b']));
    expect(run.servers).toEqual(['a', 'b', '-a', '-b']);
  });

  it('writes each push body as text instead, without credentials or requests', () => {
    const bodies: string[] = [];
    const run = simulate({
      sources: [countingSource('cpu')],
      outlet: { write: (body) => bodies.push(body) },
      stopAtMs: 2 * MINUTE,
    });
    const metrics = bodies.flatMap((body) => (JSON.parse(body) as { metrics: unknown[] }).metrics);
    expect(metrics).toHaveLength(run.books.collected);
    expect(run.backend.requests).toEqual([]);
  });

  it('sends a heartbeat where nothing is read', () => {
    const off = countingSource('cpu');
    const run = simulate({
      sources: [off],
      text: '[cpu]\nenabled = false\n',
      stopAtMs: 10 * MINUTE,
    });
    expect(off.counted.metrics).toBe(0);
    expect(run.backend.count('push', 200)).toBeGreaterThanOrEqual(9);
  });
});
