import { NEVER, interval, map, of, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Source } from '../../../src/sources/source.ts';
import { timestampNow } from '../../../src/sources/timestamp.ts';
import { countingSource, givenSource } from '../../support/countingSource.ts';
import { simulate, upTo } from '../../support/simulate.ts';

const MINUTE = 60_000;

describe('the agent: sources that misbehave', () => {
  const boom = (): never => {
    throw new Error('boom');
  };
  const healthy = (): Source => countingSource('cpu');
  const alone = simulate({ sources: [healthy()], stopAtMs: 5 * MINUTE });

  it.each<[string, Source, string | null, string]>([
    [
      'errors at each read',
      countingSource('bad', { read: () => throwError(() => new Error('boom')) }),
      'bad ERR_UNEXPECTED',
      'boom',
    ],
    ['throws at each read', countingSource('bad', { read: boom }), 'bad ERR_UNEXPECTED', 'boom'],
    [
      'hangs at each read',
      countingSource('bad', { read: () => NEVER }),
      'bad ERR_UNEXPECTED',
      'no answer',
    ],
    ['throws at its start', givenSource('bad', boom), 'bad ERR_UNEXPECTED', 'boom'],
    [
      'errors as a stream',
      givenSource('bad', () => throwError(() => new Error('boom'))),
      'bad ERR_UNEXPECTED',
      'boom',
    ],
    ['ends at once', givenSource('bad', () => of()), null, ''],
    ['never ends, whatever it is asked', givenSource('bad', () => NEVER), null, ''],
  ])('is not disturbed by one that %s', (_, bad, trouble, message) => {
    const run = simulate({ sources: [bad, healthy()], stopAtMs: 5 * MINUTE });
    expect(run.reads('cpu')).toEqual(alone.reads('cpu'));
    expect(run.books.delivered).toBe(alone.books.delivered);
    expect(run.endedMs).toBeLessThan(5 * MINUTE + 6_000);
    expect(new Set(run.troubles())).toEqual(new Set(trouble === null ? [] : [trouble]));
    for (const { entry } of run.of('trouble')) expect(entry.message).toContain(message);
  });

  it('drops an invalid metric, says why, and goes on', () => {
    const bad = countingSource('bad', {
      read: (n, metric) => of([metric, { ...metric, n: 'many' }, { ...metric, n: 10 + n }]),
    });
    const run = simulate({ sources: [bad, healthy()], stopAtMs: 5 * MINUTE });
    const rounds = run.backend.metrics('bad').length / 2;
    expect(rounds).toBeGreaterThan(25);
    expect(run.books.dropped).toEqual({ invalid: rounds });
    const [first] = run.of('dropped');
    expect(first?.entry).toMatchObject({ from: 'buffered', counts: { bad: 1 }, reason: 'invalid' });
    expect(first?.entry.problem).toContain('n must be integer');
    expect(run.reads('cpu')).toEqual(alone.reads('cpu'));
  });

  it('cuts off one that still emits long after the stop, and counts what came until then', () => {
    const bad = givenSource('bad', () =>
      interval(1_000).pipe(
        map((n) => ({ metric: { type: 'bad', timestamp: timestampNow(), n, server: '' } })),
      ),
    );
    const run = simulate({ sources: [bad, healthy()], stopAtMs: 5 * MINUTE + 500 });
    expect(run.endedMs).toBeLessThanOrEqual(5 * MINUTE + 6_000);
    expect(run.numbers('bad')).toEqual(upTo(305));
    expect(run.books.delivered).toBe(run.books.collected);
  });

  it('skips ticks of one that is slow, counts them, and reads the others in time', () => {
    const slow = countingSource('slow', { everyS: 2, takesMs: 5_000 });
    const run = simulate({ sources: [slow, healthy()], stopAtMs: 5 * MINUTE });
    expect(run.reads('cpu')).toEqual(alone.reads('cpu'));
    expect(run.of('skipped').length).toBeGreaterThan(90);
    expect(run.books.delivered).toBe(run.books.collected);
  });
});
