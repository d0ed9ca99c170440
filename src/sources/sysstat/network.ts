import type { Static } from '@sinclair/typebox';
import { cumulative, int64, nullable, number, record, text } from '../../schema/fields.ts';
import { rounded } from '../rounded.ts';
import { increase } from './increase.ts';
import type { InterfaceCounters } from './netDev.ts';

const counted = (description: string) => nullable(cumulative(int64(description)));
const derived = (description: string) => nullable(number(`${description}, since the last sample`));

/** `sysstat.network[]`: /proc/net/dev. */
export const Network = record({
  interface: text('the kernel’s name, e.g. eth0'),
  receive_bytes: counted('bytes received'),
  receive_packets: counted('packets received'),
  receive_errors: counted('receive errors'),
  receive_drops: counted('packets dropped on receipt'),
  transmit_bytes: counted('bytes sent'),
  transmit_packets: counted('packets sent'),
  transmit_errors: counted('transmit errors'),
  transmit_drops: counted('packets dropped before sending'),
  receive_mb_s: derived('2^20 bytes received per second'),
  transmit_mb_s: derived('2^20 bytes sent per second'),
  receive_packets_s: derived('packets received per second'),
  transmit_packets_s: derived('packets sent per second'),
});

const MB = 1_048_576;

/** One interface's counters, and their rates since the last reading; null where a counter went back or is new. */
export function network(
  before: InterfaceCounters | undefined,
  now: InterfaceCounters,
  seconds: number | null,
): Static<typeof Network> {
  // One counter that went back means that all started anew: a driver was reloaded.
  const isSame = counters.every(
    (name) => now[name] === null || increase(before?.[name], now[name]) !== null,
  );
  const rate = (name: (typeof counters)[number], unit = 1): number | null => {
    const grown = increase(before?.[name], now[name]);
    return grown === null || !isSame || seconds === null || seconds <= 0
      ? null
      : rounded(grown / seconds / unit, unit === 1 ? 2 : 3);
  };
  return {
    interface: now.interface,
    receive_bytes: now.receiveBytes,
    receive_packets: now.receivePackets,
    receive_errors: now.receiveErrors,
    receive_drops: now.receiveDrops,
    transmit_bytes: now.transmitBytes,
    transmit_packets: now.transmitPackets,
    transmit_errors: now.transmitErrors,
    transmit_drops: now.transmitDrops,
    receive_mb_s: rate('receiveBytes', MB),
    transmit_mb_s: rate('transmitBytes', MB),
    receive_packets_s: rate('receivePackets'),
    transmit_packets_s: rate('transmitPackets'),
  };
}

const counters = [
  'receiveBytes',
  'receivePackets',
  'transmitBytes',
  'transmitPackets',
] as const satisfies readonly (keyof InterfaceCounters)[];
