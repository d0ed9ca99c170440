import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Look, ServerProcess } from '../../../src/sources/pg_processes/look.ts';
import { lineOf, procPid } from '../../../src/sources/pg_processes/procPid.ts';
import { usage } from '../../../src/sources/pg_processes/usage.ts';

const stat = (name: string): string =>
  `4711 (${name}) S 17 4711 4711 0 -1 4194560 900 0 0 0 250 50 0 0 20 0 1 0 123456 230000000 3000 18446744073709551615`;

describe('procPid', () => {
  it('reads a process, whatever its name holds', () => {
    const process = {
      pid: 4711,
      state: 'S',
      parent: 17,
      ticks: 300,
      startTicks: 123456,
      pages: 3000,
    };
    expect(procPid(stat('postgres'))).toEqual({ name: 'postgres', ...process });
    expect(procPid(stat('a (b) 9 9 9'))).toEqual({ name: 'a (b) 9 9 9', ...process });
  });

  it('is null for what is no such text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const process = procPid(text);
        if (process !== null) expect(Number.isFinite(process.ticks + process.pages)).toBe(true);
      }),
    );
    expect([procPid(''), procPid('1 (x'), procPid(stat('x').slice(0, 60))]).toEqual([
      null,
      null,
      null,
    ]);
  });
});

describe('lineOf', () => {
  it('reads bytes, with and without a unit', () => {
    const text = 'Name:\tpostgres\nVmRSS:\t    2048 kB\nread_bytes: 77\n';
    expect([lineOf(text, 'VmRSS'), lineOf(text, 'read_bytes'), lineOf(text, 'RssAnon')]).toEqual([
      2_097_152,
      77,
      null,
    ]);
    expect(lineOf(undefined, 'VmRSS')).toBeNull();
  });
});

describe('usage', () => {
  const process = (set: Partial<ServerProcess>): ServerProcess => ({
    pid: 1,
    name: 'postgres',
    state: 'R',
    parent: 0,
    ticks: 0,
    startTicks: 5,
    pages: 1,
    residentBytes: 4096,
    anonymousBytes: 4096,
    sharedBytes: 0,
    swapBytes: 0,
    readBytes: 0,
    writeBytes: null,
    ...set,
  });
  const look = (uptime: number, ...server: ServerProcess[]): Look => ({
    uptime,
    pageBytes: 4096,
    server,
    others: [],
  });

  it('is what was used between two looks, of one processor and per second', () => {
    const now = process({ ticks: 150, readBytes: 4_096 });
    const used = usage(look(100, process({ ticks: 50 })), look(102, now));
    expect(used(now)).toEqual({
      cpuPercent: 50,
      readBytesPerSecond: 2_048,
      writeBytesPerSecond: null,
    });
  });

  it('is unknown at the first look, and for a new process with an old pid', () => {
    const nothing = { cpuPercent: null, readBytesPerSecond: null, writeBytesPerSecond: null };
    expect(usage(null, look(1, process({})))(process({}))).toEqual(nothing);
    const reused = process({ startTicks: 99, ticks: 7 });
    expect(usage(look(1, process({ ticks: 3 })), look(2, reused))(reused)).toEqual(nothing);
  });

  it('is never negative, whatever is read', () => {
    const any = fc.record({
      ticks: fc.nat(),
      startTicks: fc.nat(2),
      readBytes: fc.option(fc.nat()),
      writeBytes: fc.option(fc.nat()),
    });
    fc.assert(
      fc.property(any, any, fc.nat(100), fc.nat(100), (one, other, from, to) => {
        const now = process(other);
        const used = usage(look(from, process(one)), look(to, now))(now);
        for (const value of Object.values(used) as (number | null)[]) {
          if (value !== null) expect(value).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });
});
