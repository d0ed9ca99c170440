import { describe, expect, it } from 'vitest';
import type { Source } from '../../../src/sources/source.ts';
import { countingSource, serverCountingSource } from '../../support/countingSource.ts';
import { gaps, simulate } from '../../support/simulate.ts';

const MINUTE = 60_000;

describe('the agent: configuration', () => {
  const sources = (): Source[] => [countingSource('cpu'), countingSource('disk')];
  const text = '[collector]\nconfig_pull_interval = 120\npush_interval = 60\n';
  const undisturbed = simulate({ sources: sources(), text, stopAtMs: 10 * MINUTE });

  it('takes a pulled interval into use and re-arms nothing else', () => {
    const run = simulate({
      sources: sources(),
      text,
      stopAtMs: 10 * MINUTE,
      script: {
        65_001: ({ backend }) => {
          backend.config = { text: '[cpu]\ninterval = 2\n', version: 7 };
        },
      },
    });
    const change = run.of('config').at(-1);
    expect(change?.entry).toMatchObject({ origin: 'pull', version: 7 });
    expect(change?.entry.changed.join()).toContain('cpu.interval: 10 → 2');
    const changedMs = change?.ms ?? 0;
    expect(new Set(gaps(run.reads('cpu').filter((ms) => ms > changedMs + 2_000)))).toEqual(
      new Set([2_000]),
    );
    expect(run.reads('disk')).toEqual(undisturbed.reads('disk'));
    expect(run.books.dropped).toEqual({});
  });

  it('asks for a configuration as soon as a receipt names a newer version', () => {
    const run = simulate({
      sources: sources(),
      text: '[collector]\nconfig_pull_interval = 3600\n',
      stopAtMs: 10 * MINUTE,
      script: {
        65_001: ({ backend }) => {
          backend.config = { text: '[cpu]\ninterval = 2\n', version: 7 };
        },
      },
    });
    expect(run.of('config').at(-1)?.ms).toBeLessThan(3 * MINUTE);
  });

  it.each([
    ['is no TOML', '[cpu\n'],
    ['has an unknown key', '[cpu]\nintervall = 5\n'],
    ['breaks a bound', '[cpu]\ninterval = 0\n'],
    ['sets a key that may not be pulled', '[backend]\nurl = "https://evil.test"\n'],
  ])('changes nothing where a pulled configuration %s', (_, pulled) => {
    const run = simulate({
      sources: sources(),
      text,
      stopAtMs: 10 * MINUTE,
      script: {
        65_001: ({ backend }) => {
          backend.config = { text: pulled, version: 8 };
        },
      },
    });
    expect(run.troubles()).toContain('config ERR_CONFIG');
    expect(run.reads('cpu')).toEqual(undisturbed.reads('cpu'));
    expect(run.reads('disk')).toEqual(undisturbed.reads('disk'));
    expect(run.of('config')).toHaveLength(1);
    expect(run.books.delivered).toBe(run.books.collected);
  });

  it('keeps the last good file where an edit cannot be used, and takes the next good one', () => {
    const run = simulate({
      sources: sources(),
      text,
      stopAtMs: 10 * MINUTE,
      script: {
        90_001: ({ edit }) => edit(`${text}[cpu]\ninterval = "soon"\n`),
        150_001: ({ edit }) => edit(`${text}[cpu]\ninterval = 30\n`),
      },
    });
    expect(run.troubles()).toEqual(['config ERR_CONFIG']);
    expect(run.of('settled').map(({ entry }) => entry.unit)).toEqual(['config']);
    const untilGood = undisturbed.reads('cpu').filter((ms) => ms < 150_000);
    expect(run.reads('cpu').slice(0, untilGood.length)).toEqual(untilGood);
    expect(gaps(run.reads('cpu').filter((ms) => ms > 150_000))).toContain(30_000);
    expect(run.reads('disk')).toEqual(undisturbed.reads('disk'));
  });

  it('swaps the preset while running: what it leaves out rests, what it reads more often does, the file’s own stays', () => {
    const preset = (name: string): string =>
      `[collector]\npreset = "${name}"\n[disk_usage]\ninterval = 20\n`;
    const run = simulate({
      sources: ['pg_cache', 'sysstat', 'disk_usage'].map((type) => countingSource(type)),
      text: preset('standard'),
      stopAtMs: 9 * MINUTE,
      script: {
        180_001: ({ edit }) => edit(preset('minimal')),
        360_001: ({ edit }) => edit(preset('full')),
      },
    });
    /** The gaps between the reads of a type while each preset was in force. */
    const phases = (type: string) =>
      [
        [20_000, 180_000],
        [190_000, 360_000],
        [370_000, 9 * MINUTE],
      ].map(([from = 0, to = 0]) => [
        ...new Set(gaps(run.reads(type).filter((ms) => ms > from && ms < to))),
      ]);
    expect(phases('pg_cache')).toEqual([[10_000], [], [30_000]]);
    expect(phases('sysstat')).toEqual([[10_000], [60_000], [5_000]]);
    expect(phases('disk_usage')).toEqual([[20_000], [20_000], [20_000]]);
    expect(run.books.delivered).toBe(run.books.collected);
    expect(run.troubles()).toEqual([]);
  });

  it('ends the units of a server that is removed and starts those of one that is added', () => {
    const server = (name: string): string => `[[postgres]]\nname = "${name}"\n`;
    const run = simulate({
      sources: [serverCountingSource('activity')],
      text: server('a') + server('b'),
      stopAtMs: 10 * MINUTE,
      script: {
        120_001: ({ edit }) => edit(server('b') + server('c')),
        240_001: ({ edit }) => edit(server('a') + server('b') + server('c')),
      },
    });
    const a = run.reads('a/activity');
    expect(a.some((ms) => ms > 125_000 && ms < 240_000)).toBe(false);
    expect(a.some((ms) => ms < 120_000) && a.some((ms) => ms > 240_000)).toBe(true);
    expect(Math.min(...run.reads('c/activity'))).toBeLessThan(121_000);
    expect(Math.min(...run.reads('c/activity'))).toBeGreaterThan(120_000);
    expect(new Set(gaps(run.reads('b/activity').slice(1)))).toEqual(new Set([10_000]));
    expect(run.servers.slice(0, 5)).toEqual(['a', 'b', '-a', 'c', 'a']);
    expect(run.books.delivered).toBe(run.books.collected);
  });

  it('errors where the first configuration cannot be used', () => {
    const run = simulate({ sources: sources(), text: '[nothing]\n', stopAtMs: null, forMs: 1_000 });
    expect(run.error).toMatchObject({ code: 'ERR_CONFIG' });
  });
});
