import type { Static } from '@sinclair/typebox';
import { cumulative, int64, nullable, record } from '../../schema/fields.ts';
import { counter } from './counter.ts';

const counted = (description: string) => nullable(cumulative(int64(`${description}, since boot`)));

/** `sysstat.pages`: /proc/vmstat. */
export const Pages = record({
  oom_kills: counted(
    'processes that the kernel killed for want of memory, in control groups too (oom_kill, Linux 4.13)',
  ),
  swapped_in: counted('pages read from swap (pswpin)'),
  swapped_out: counted('pages written to swap (pswpout)'),
  major_faults: counted('page faults that had to read from disk (pgmajfault)'),
});

/** The counters; null where the file cannot be read. */
export function pages(text: string): Static<typeof Pages> | null {
  if (text === '') return null;
  const of = (name: string) => counter(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
  return {
    oom_kills: of('oom_kill'),
    swapped_in: of('pswpin'),
    swapped_out: of('pswpout'),
    major_faults: of('pgmajfault'),
  };
}
