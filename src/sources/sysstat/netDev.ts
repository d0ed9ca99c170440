import type { Int64 } from '../../schema/fields.ts';
import { counter } from './counter.ts';

/** One network interface since it appeared. */
export interface InterfaceCounters {
  readonly interface: string;
  readonly receiveBytes: Int64 | null;
  readonly receivePackets: Int64 | null;
  readonly receiveErrors: Int64 | null;
  readonly receiveDrops: Int64 | null;
  readonly transmitBytes: Int64 | null;
  readonly transmitPackets: Int64 | null;
  readonly transmitErrors: Int64 | null;
  readonly transmitDrops: Int64 | null;
}

/** Reads /proc/net/dev (proc_pid_net(5)). Old kernels leave no space behind the colon. */
export function netDev(text: string): readonly InterfaceCounters[] {
  return text.split('\n').flatMap((line) => {
    const [, name, columns] = /^\s*(\S+):\s*(\d[\d\s]*)$/.exec(line) ?? [];
    if (name === undefined || columns === undefined) return [];
    const at = columns.trim().split(/\s+/).map(counter);
    return [
      {
        interface: name,
        receiveBytes: at[0] ?? null,
        receivePackets: at[1] ?? null,
        receiveErrors: at[2] ?? null,
        receiveDrops: at[3] ?? null,
        transmitBytes: at[8] ?? null,
        transmitPackets: at[9] ?? null,
        transmitErrors: at[10] ?? null,
        transmitDrops: at[11] ?? null,
      },
    ];
  });
}
