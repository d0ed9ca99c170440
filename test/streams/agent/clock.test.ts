import { describe, expect, it } from 'vitest';
import { countingSource } from '../../support/countingSource.ts';
import { type Simulation, type World, gaps, simulate, upTo } from '../../support/simulate.ts';

/*
 * The wall clock of the host is set while the agent runs; the time that really passes is that of the simulation. Polls
 * every 10 s, windows of 60 s, a pull every 300 s, tokens that live for 30 min.
 */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const ends = 8 * HOUR;

const text = `
[collector]
push_interval = 60
config_pull_interval = 300
`;

/** What happens to the wall clock, by the true time. */
const jumps: Readonly<Record<string, Readonly<Record<number, number>>>> = {
  'one hour forward and back': { [2 * HOUR + 3_337]: HOUR, [4 * HOUR + 7_771]: -HOUR },
  'one hour back and forward': { [2 * HOUR + 3_337]: -HOUR, [4 * HOUR + 7_771]: HOUR },
  'five hours forward and back': { [2 * HOUR + 3_337]: 5 * HOUR, [4 * HOUR + 7_771]: -5 * HOUR },
  'five hours back and forward': { [2 * HOUR + 3_337]: -5 * HOUR, [4 * HOUR + 7_771]: 5 * HOUR },
  'an hour each way by turns': Object.fromEntries(
    upTo(12).map((n) => [2 * HOUR + n * 17 * MINUTE + 3_337, n % 2 === 0 ? HOUR : -HOUR]),
  ),
};

type Script = Readonly<Record<number, (world: World) => void>>;

function run(changes: Readonly<Record<number, number>>, script: Script = {}): Simulation {
  const set = Object.entries(changes).map(([at, ms]) => [at, ({ jump }: World) => jump(ms)]);
  return simulate({
    sources: [countingSource('cpu')],
    text,
    backend: { lifetimeS: 1_800 },
    script: { ...(Object.fromEntries(set) as Script), ...script },
    stopAtMs: ends,
  });
}

/** When requests of a name were answered, by the true time. */
const times = ({ backend }: Simulation, name: string): number[] =>
  backend.requests.flatMap((each) => (each.name === name ? [each.at] : []));
const longest = (of: readonly number[]): number => Math.max(...gaps(of));
/** The most that fall into one span. */
const most = (of: readonly number[], spanMs: number): number =>
  Math.max(...of.map((from) => of.filter((at) => at >= from && at < from + spanMs).length));

const away: Script = {
  [90 * MINUTE + 1]: ({ backend }) => (backend.down = true),
  [6 * HOUR + 1]: ({ backend }) => (backend.down = false),
};

describe.each(Object.entries(jumps))('clock ±1 h: %s', (_, changes) => {
  const healthy = run(changes);
  const outage = run(changes, away);

  it('polls: gap at most two periods, and no flood', () => {
    for (const each of [healthy, outage]) {
      const reads = each.reads('cpu');
      expect(longest(reads)).toBeLessThanOrEqual(20_010);
      expect(most(reads, 10_000)).toBeLessThanOrEqual(2);
      // A jump costs or gives one read at most.
      expect(Math.abs(reads.length - ends / 10_000)).toBeLessThanOrEqual(13);
    }
  });

  it('windows: gap at most two periods, and no flood', () => {
    const closed = healthy.of('batched').map(({ ms }) => ms);
    expect(longest(closed)).toBeLessThanOrEqual(2 * MINUTE + 10_010);
    expect(most(closed, MINUTE)).toBeLessThanOrEqual(3);
    expect(longest(times(healthy, 'push'))).toBeLessThanOrEqual(2 * MINUTE + 10_010);
    expect(healthy.numbers('cpu')).toEqual(upTo(healthy.books.collected));
  });

  it('pulls: gap at most two periods, and no flood', () => {
    const pulls = times(healthy, 'config');
    expect(longest(pulls)).toBeLessThanOrEqual(2 * 5 * MINUTE);
    expect(most(pulls, 5 * MINUTE)).toBeLessThanOrEqual(2);
  });

  it('tokens: refreshed at half their life, never late, never refused, never registered anew', () => {
    expect(longest(times(healthy, 'refresh'))).toBeLessThanOrEqual(15 * MINUTE + 100);
    expect(times(healthy, 'refresh')).toHaveLength(ends / (15 * MINUTE) - 1);
    expect(healthy.backend.count('push', 401)).toBe(0);
    expect(healthy.backend.count('register')).toBe(1);
    expect(healthy.troubles()).toEqual([]);
  });

  it('retries: at most a minute apart in an outage, no flood; then all is delivered, once', () => {
    const tries = outage
      .of('sent')
      .map(({ ms }) => ms)
      .filter((ms) => ms > 91 * MINUTE && ms < 6 * HOUR);
    expect(longest(tries)).toBeLessThanOrEqual(MINUTE + 100);
    expect(most(tries, MINUTE)).toBeLessThanOrEqual(12);
    expect(outage.books.dropped).toEqual({});
    expect(outage.numbers('cpu')).toEqual(upTo(outage.books.collected));
    // The token lapsed, as it does without any jump.
    expect(outage.backend.count('register')).toBe(2);
  });
});
