import * as Type from '@sinclair/typebox';
import { concatMap, defer, delay, map, of } from 'rxjs';
import { section } from '../../schema/section.ts';
import { onlyOnLinux } from '../onlyOnLinux.ts';
import { parts } from '../parts.ts';
import { polled } from '../polled.ts';
import { hostSource } from '../source.ts';
import { type Reading, reading } from './reading.ts';
import { Sysstat, sysstatMetric } from './sysstatMetric.ts';

/** Between the two readings of the first sample, in ms: figures since boot would say nothing of now. */
const FIRST_INTERVAL_MS = 1000;
const TIMEOUT_MS = 10_000;

const patterns = (description: string, byDefault: readonly string[]) =>
  Type.Array(Type.String({ minLength: 1, maxLength: 100 }), {
    description: `${description} (\`*\` and \`?\`)`,
    default: [...byDefault],
    maxItems: 100,
    remote: true,
  });

/**
 * Type `sysstat`: what the host does, from /proc; nothing is spawned and nothing waits.
 *
 *     due       x---------------x---------------x      every `interval`
 *     /proc     r-r-------------r---------------r
 *     result    --m-------------m---------------m      each of the time between two readings
 *
 * The first read looks twice, one second apart, so that even the first sample tells of an interval. A counter that went
 * back (reset, replaced device) and a device that is new yield null for what is derived, never a negative number.
 * Elsewhere than on Linux it is not available.
 */
export const sysstat = hostSource({
  type: 'sysstat',
  scope: 'host',
  settings: section(
    'load of the host: processors, memory, disks, network',
    { default: 15 },
    {
      exclude_devices: patterns('block devices to leave out', [
        'loop*',
        'ram*',
        'zram*',
        'sr*',
        'fd*',
        'mmcblk*boot*',
        'mmcblk*rpmb',
      ]),
      exclude_interfaces: patterns('network interfaces to leave out', ['lo', 'veth*']),
    },
  ),
  metrics: [Sysstat],
  read: (context) =>
    onlyOnLinux(
      context,
      '/proc',
      defer(() => {
        const { host, hostname } = context;
        let last: Reading | undefined;
        return polled(context, { timeoutMs: TIMEOUT_MS }, (settings) =>
          (last ? of(last) : reading(host).pipe(delay(FIRST_INTERVAL_MS))).pipe(
            concatMap((before) =>
              reading(host).pipe(
                map((now) => {
                  last = now;
                  const metric = sysstatMetric(before, now, {
                    host: hostname,
                    excludeDevices: settings.exclude_devices,
                    excludeInterfaces: settings.exclude_interfaces,
                  });
                  return parts(metric, ['disk_io', 'network']);
                }),
              ),
            ),
          ),
        );
      }),
    ),
});
