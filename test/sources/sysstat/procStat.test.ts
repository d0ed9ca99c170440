import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cpuPercent } from '../../../src/sources/sysstat/cpuPercent.ts';
import { type CpuTimes, cpuStates, procStat } from '../../../src/sources/sysstat/procStat.ts';

const linux6 = `cpu  6317 12 3122 228063 267 3 46 10 0 0
cpu0 2692 6 1247 114983 13 1 10 1 0 0
cpu1 3624 6 1875 113080 254 2 36 9 0 0
intr 123456 0 0 0
ctxt 9007199254740993
btime 1763878140
processes 8052
procs_running 3
procs_blocked 1
softirq 99 1 2 3
`;
/** Linux 2.6.9 knows no steal, and pads differently. */
const linux26 = `cpu  100 0 50 800 20 5 1
cpu0 100 0 50 800 20 5 1
ctxt 77
btime 1100000000
processes 5
`;

const times: fc.Arbitrary<CpuTimes> = fc
  .array(fc.nat(1e9), { minLength: cpuStates.length, maxLength: cpuStates.length })
  .map(
    (ticks) =>
      Object.fromEntries(cpuStates.map((state, index) => [state, ticks[index]])) as CpuTimes,
  );

describe('procStat', () => {
  it('reads the times, the cores that are online and the counters', () => {
    expect(procStat(linux6)).toStrictEqual({
      cpu: {
        user: 6317,
        nice: 12,
        system: 3122,
        idle: 228063,
        iowait: 267,
        irq: 3,
        softirq: 46,
        steal: 10,
      },
      cores: 2,
      contextSwitches: '9007199254740993',
      forks: 8052,
      bootTime: 1763878140,
      running: 3,
      blocked: 1,
    });
  });

  it('has null for what an old kernel does not say', () => {
    expect(procStat(linux26)).toMatchObject({ cores: 1, running: null, cpu: { steal: null } });
  });

  it('is null without the line of all processors', () => {
    expect(procStat('ctxt 1\n')).toBeNull();
  });

  it('reads any text without throwing', () => {
    fc.assert(fc.property(fc.string(), (text) => void procStat(text)));
    fc.assert(fc.property(fc.string(), (text) => void procStat(`cpu ${text}`)));
  });
});

describe('cpuPercent', () => {
  const zero = Object.fromEntries(cpuStates.map((state) => [state, 0])) as CpuTimes;

  it('gives percent of the interval, not of the time since boot', () => {
    const before: CpuTimes = { ...zero, user: 1_000_000, idle: 5_000 };
    const now: CpuTimes = { ...before, user: 1_000_025, idle: 5_070, steal: 5 };
    expect(cpuPercent(before, now)).toStrictEqual({
      user: 25,
      nice: 0,
      system: 0,
      idle: 70,
      iowait: 0,
      irq: 0,
      softirq: 0,
      steal: 5,
    });
  });

  it('counts a state that went back a little as no time', () => {
    const before: CpuTimes = { ...zero, idle: 100, iowait: 50 };
    const now: CpuTimes = { ...zero, idle: 200, iowait: 49 };
    expect(cpuPercent(before, now)).toMatchObject({ idle: 100, iowait: 0 });
  });

  it('has no figures where no time passed or the counters started anew', () => {
    const some: CpuTimes = { ...zero, idle: 100, user: 100 };
    const nothing = Object.fromEntries(cpuStates.map((state) => [state, null]));
    expect(cpuPercent(some, some)).toStrictEqual(nothing);
    expect(cpuPercent(some, { ...zero, idle: 10 })).toStrictEqual(nothing);
  });

  it('has null for a state that the kernel does not know', () => {
    const before = { ...zero, steal: null };
    expect(cpuPercent(before, { ...before, idle: 9 })).toMatchObject({ idle: 100, steal: null });
  });

  it('is never negative and sums to 100', () => {
    fc.assert(
      fc.property(times, times, (before, now) => {
        const shares = Object.values(cpuPercent(before, now));
        if (shares.includes(null)) return;
        expect(shares.every((share) => share !== null && share >= 0)).toBe(true);
        expect(shares.reduce<number>((sum, share) => sum + (share ?? 0), 0)).toBeCloseTo(100, 0);
      }),
    );
  });
});
