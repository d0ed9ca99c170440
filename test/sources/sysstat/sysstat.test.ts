import { ChildProcess, spawn } from 'node:child_process';
import os from 'node:os';
import {
  BehaviorSubject,
  type Observable,
  asyncScheduler,
  concatMap,
  defer,
  ignoreElements,
  lastValueFrom,
  map,
  merge,
  of,
  take,
  tap,
  toArray,
} from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { host } from '../../../src/io/host.ts';
import { codec } from '../../../src/schema/codec.ts';
import type { Metric } from '../../../src/schema/metric.ts';
import type { Sample } from '../../../src/sources/source.ts';
import { sysstat } from '../../../src/sources/sysstat/sysstat.ts';
import { fakeHost, filesOf, hostContext, settingsOf } from '../../support/hostContext.ts';
import { marbles } from '../../support/marbles.ts';
import { needs } from '../../support/needs.ts';

const check = codec(sysstat.metrics[0]!);

/** A host that has worked half of the time since it booted in 1970, and reads 100 times a second. */
const busyHost = fakeHost({
  read: (paths) =>
    defer(() => {
      const seconds = asyncScheduler.now() / 1000;
      const ticks = Math.round(50 * seconds);
      return filesOf({
        '/proc/stat': `cpu ${1e6 + ticks} 0 0 ${ticks} 0 0 0 0\ncpu0 1 2 3 4\nbtime 1000\n`,
        '/proc/uptime': `${(1e5 + seconds).toFixed(2)} 1.00\n`,
        '/proc/loadavg': '0.50 0.25 0.10 1/94 8052\n',
        '/proc/meminfo': 'MemTotal: 1024 kB\nMemFree: 512 kB\nMemAvailable: 768 kB\n',
        '/proc/diskstats': `8 0 sda ${1e6 + Math.round(100 * seconds)} 0 8 1 1 0 8 1 0 1 1\n7 0 loop0 1 0 8 1 1 0 8 1 0 1 1\n`,
        '/proc/net/dev':
          '  lo: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\neth0: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n',
      })(paths);
    }),
});

/** When each metric came, and its user time in percent. */
function seen(source: Observable<Sample>): Observable<string> {
  return source.pipe(
    map(({ metric }) => {
      const { cpu, disk_io } = metric as unknown as {
        cpu: { user: number };
        disk_io: { device: string; read_iops: number }[];
      };
      return `${cpu.user} % ${disk_io.map(({ device, read_iops }) => `${device} ${read_iops}`).join()}`;
    }),
  );
}

describe('sysstat', () => {
  it(
    'tells of intervals from the first sample on, never of the time since boot',
    marbles(({ expectObservable }) => {
      const context = hostContext(sysstat, { host: busyHost, settings: { interval: 15 } });
      const metric = '50 % sda 100';
      // The second reading of the first sample is 1 s after the start.
      expectObservable(seen(sysstat.read(context)), '40s !').toBe('1s m 13999ms m 14999ms m', {
        m: metric,
      });
    }),
  );

  it(
    'reads by the newest settings, and pauses when it is off',
    marbles(({ hot, expectObservable }) => {
      const settings$ = new BehaviorSubject(settingsOf(sysstat, { interval: 15 }));
      const changes$ = hot('20s f 9999ms o', {
        f: settingsOf(sysstat, { interval: 5, exclude_devices: [] }),
        o: settingsOf(sysstat, { enabled: false }),
      });
      const context = hostContext(sysstat, {
        host: busyHost,
        settings$,
      });
      const result$ = merge(
        seen(sysstat.read(context)),
        changes$.pipe(
          tap((settings) => {
            settings$.next(settings);
          }),
          ignoreElements(),
        ),
      );
      expectObservable(result$, '60s !').toBe('1s a 13999ms a 9999ms b', {
        a: '50 % sda 100',
        b: '50 % sda 100,loop0 0',
      });
    }),
  );

  it(
    'ends with stop, after the read in flight',
    marbles(({ cold, expectObservable }) => {
      const context = hostContext(sysstat, {
        host: busyHost,
        stop$: cold('500ms s', { s: undefined }),
      });
      expectObservable(seen(sysstat.read(context))).toBe('1s (m|)', { m: '50 % sda 100' });
    }),
  );

  it(
    'starts anew for each subscriber',
    marbles(({ expectObservable, cold }) => {
      const sample$ = seen(sysstat.read(hostContext(sysstat, { host: busyHost })));
      expectObservable(sample$, '2s !').toBe('1s m', { m: '50 % sda 100' });
      expectObservable(cold('5s (s|)').pipe(concatMap(() => sample$)), '7s !').toBe('6s m', {
        m: '50 % sda 100',
      });
    }),
  );

  it(
    'reports a host whose /proc/stat cannot be read, and goes on',
    marbles(({ expectObservable, flush }) => {
      let reads = 0;
      const context = hostContext(sysstat, {
        host: fakeHost({ read: (paths) => (reads++ === 0 ? of(new Map()) : busyHost.read(paths)) }),
      });
      expectObservable(seen(sysstat.read(context)), '20s !').toBe('16s m', { m: '50 % sda 100' });
      flush();
      expect(context.troubles).toMatchObject([{ code: 'ERR_UNAVAILABLE' }]);
    }),
  );

  it(
    'says once that it is not available elsewhere than on Linux, stays quiet and ends with stop',
    marbles(({ cold, expectObservable, flush }) => {
      const context = hostContext(sysstat, {
        host: { ...busyHost, platform: 'darwin' },
        stop$: cold('90s s', { s: undefined }),
      });
      expectObservable(sysstat.read(context)).toBe('90s |');
      flush();
      expect(context.troubles).toHaveLength(1);
      expect(context.troubles).toMatchObject([
        { code: 'ERR_UNAVAILABLE', message: expect.stringMatching(/^not available: /) as string },
      ]);
    }),
  );

  it(
    'says nothing elsewhere when it is off',
    marbles(({ expectObservable, flush }) => {
      const context = hostContext(sysstat, {
        host: { ...busyHost, platform: 'darwin' },
        settings: { enabled: false },
      });
      expectObservable(sysstat.read(context), '90s !').toBe('');
      flush();
      expect(context.troubles).toStrictEqual([]);
    }),
  );

  it(
    'fits its schema, and leaves the loopback and loop devices out',
    marbles(({ expectObservable, flush }) => {
      const metrics: Metric[] = [];
      const sample$ = sysstat.read(hostContext(sysstat, { host: busyHost })).pipe(
        tap(({ metric }) => metrics.push(metric)),
        ignoreElements(),
      );
      expectObservable(sample$, '2s !').toBe('');
      flush();
      const [metric] = metrics;
      expect(check(metric!)).toHaveProperty('json');
      expect(metric).toMatchObject({
        type: 'sysstat',
        timestamp: '1970-01-01T00:00:01.000Z',
        host: 'db1',
        interval_seconds: 1,
        boot_time: '1970-01-01T00:16:40.000Z',
        cpu: { user: 50, idle: 50, cores: 1, load_1m: 0.5 },
        load: { load_1m: 0.5, load_5m: 0.25, load_15m: 0.1 },
        memory: { total_mb: 1, used_mb: 0.25 },
        disk_io: [{ device: 'sda' }],
        network: [{ interface: 'eth0' }],
        pressure: null,
        cgroup: null,
      });
    }),
  );
});

describe.runIf(needs('Linux', process.platform === 'linux'))('sysstat on this host', () => {
  it('agrees with what Node says, fits its schema and spawns nothing', async () => {
    const spawned = vi.spyOn(ChildProcess.prototype as unknown as { spawn: () => void }, 'spawn');
    const port = host();
    try {
      const context = hostContext(sysstat, { host: port, settings: { interval: 1 } });
      const samples = await lastValueFrom(sysstat.read(context).pipe(take(2), toArray()));
      expect(context.troubles).toStrictEqual([]);
      for (const { metric } of samples) {
        expect(check(metric)).toHaveProperty('json');
        const { cpu, memory, load } = metric as unknown as {
          cpu: Record<string, number>;
          memory: Record<string, number>;
          load: { load_1m: number };
        };
        expect(cpu['cores']).toBe(os.cpus().length);
        expect(memory['total_bytes']).toBe(os.totalmem());
        expect(Math.abs(memory['available_bytes']! - os.freemem())).toBeLessThan(2 ** 30);
        expect(Math.abs(load.load_1m - os.loadavg()[0]!)).toBeLessThan(2);
        const states = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal'];
        expect(states.reduce((sum, state) => sum + cpu[state]!, 0)).toBeCloseTo(100, 0);
      }
      expect(spawned).not.toHaveBeenCalled();
      // The spy sees what it is there for.
      const child = spawn(process.execPath, ['--version']);
      await new Promise((resolve) => child.once('exit', resolve));
      expect(spawned).toHaveBeenCalledOnce();
    } finally {
      port.close();
      spawned.mockRestore();
    }
  });

  it('says the processor time of its interval: a busy second is seen, the time since boot is not', async () => {
    const port = host();
    try {
      const context = hostContext(sysstat, { host: port });
      const sample = lastValueFrom(sysstat.read(context).pipe(take(1)));
      const spent = (): number =>
        os.cpus().reduce((sum, { times }) => sum + times.user + times.nice, 0);
      const [before, begun] = [spent(), performance.now()];
      while (performance.now() < begun + 900);
      const { metric } = await sample;
      const [after, ended] = [spent(), performance.now()];
      const { cpu } = metric as unknown as { cpu: { user: number; nice: number } };
      const expected = (100 * (after - before)) / (os.cpus().length * (ended - begun));
      expect(Math.abs(cpu.user + cpu.nice - expected)).toBeLessThan(20);
    } finally {
      port.close();
    }
  });
});
