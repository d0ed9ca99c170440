import type { Static } from '@sinclair/typebox';
import { cumulative, int64, nullable, number, record } from '../../schema/fields.ts';
import { counter } from './counter.ts';

const share = (seconds: number) => number(`percent of the last ${seconds} s`);
const Stall = record({
  avg10_percent: share(10),
  avg60_percent: share(60),
  avg300_percent: share(300),
  total_us: cumulative(int64('time since boot, in microseconds')),
});

/** One resource's pressure stall information. */
const Resource = record({
  some: nullable(Stall),
  full: nullable(Stall),
});

/** `sysstat.pressure`: /proc/pressure/{cpu,memory,io} (Documentation/accounting/psi.rst). */
export const Pressure = record(
  { cpu: nullable(Resource), memory: nullable(Resource), io: nullable(Resource) },
  'time in which some or all tasks waited for a resource (Linux 4.20)',
);

/** Reads one file of /proc/pressure; null where it has no line that can be read. */
export function pressure(text: string | undefined): Static<typeof Resource> | null {
  const some = stall(text ?? '', 'some');
  const full = stall(text ?? '', 'full');
  return some || full ? { some, full } : null;
}

function stall(text: string, which: 'some' | 'full'): Static<typeof Stall> | null {
  const [, averages, total] =
    new RegExp(
      `^${which} avg10=(\\d+\\.\\d+ avg60=\\d+\\.\\d+ avg300=\\d+\\.\\d+) total=(\\d+)$`,
      'm',
    ).exec(text) ?? [];
  const total_us = counter(total);
  if (averages === undefined || total_us === null) return null;
  const [avg10_percent, avg60_percent, avg300_percent] = averages.split(/ avg\d+=/).map(Number) as [
    number,
    number,
    number,
  ];
  return { avg10_percent, avg60_percent, avg300_percent, total_us };
}
