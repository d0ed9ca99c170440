import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { paceOf } from '../../src/io/enginePace.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** The pace of an engine of which the options are noted: the last of each. */
function noted(version = '12.4.254') {
  const options = new Map<string, string>();
  let set = 0;
  const pace = paceOf((option) => {
    const [, name = ''] = /^--(?:no-)?([a-z-]+)/.exec(option) ?? [];
    options.set(name, option);
    set++;
  }, version);
  return {
    ...{ pace, calls: () => set, option: (name: string) => options.get(name) },
    saves: () => options.get('optimize-for-size') === '--optimize-for-size',
  };
}

it('saves memory until there is a hurry, and a while after the last one again', () => {
  const { pace, saves, option } = noted();
  pace.thrift();
  expect(saves()).toBe(true);
  pace.hurry();
  expect(saves()).toBe(false);
  expect(option('semi-space-growth-factor')).toBe('--semi-space-growth-factor=2');
  expect(option('heap-growing-percent')).toBe('--heap-growing-percent=10');
  for (let second = 0; second < 10; second++) {
    vi.advanceTimersByTime(900);
    pace.hurry();
    expect(saves()).toBe(false);
  }
  vi.advanceTimersByTime(2000);
  expect(saves()).toBe(true);
  expect(option('semi-space-growth-factor')).toBe('--semi-space-growth-factor=1');
  expect(option('heap-growing-percent')).toBe('--heap-growing-percent=0');
  expect(vi.getTimerCount()).toBe(0);
  pace.hurry();
  expect(saves()).toBe(false);
});

it('sets nothing again as long as the hurry lasts', () => {
  const { pace, calls } = noted();
  pace.thrift();
  pace.hurry();
  const before = calls();
  for (let times = 0; times < 1000; times++) pace.hurry();
  expect(calls()).toBe(before);
});

it('leaves an engine alone that was never told to save', () => {
  const { pace, calls } = noted();
  pace.hurry();
  vi.advanceTimersByTime(10_000);
  expect(calls()).toBe(0);
});

it('says when machine code is made only to the V8 of Node 20, which knows the option', () => {
  const old = noted('11.3.244.8-node.38');
  old.pace.thrift();
  expect(old.option('interrupt-budget')).toBe('--interrupt-budget=1000000');
  old.pace.hurry();
  expect(old.option('interrupt-budget')).toBe('--interrupt-budget=67584');
  const { pace, option } = noted('13.6.233');
  pace.thrift();
  expect(option('interrupt-budget')).toBeUndefined();
});

it('uses only options that the V8 of this Node knows', () => {
  const module = new URL('../../src/io/enginePace.ts', import.meta.url).href;
  const script = `import { enginePace } from '${module}'; enginePace.thrift(); enginePace.hurry();`;
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '--eval', script],
    { encoding: 'utf8', env: { PATH: process.env['PATH'] } },
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});
