import type { Static } from '@sinclair/typebox';
import { cumulative, int64, nullable, number, record } from '../../schema/fields.ts';
import { rounded } from '../rounded.ts';
import { increase } from './increase.ts';
import { protocolCounters } from './protocolCounters.ts';

const counted = (description: string) => nullable(cumulative(int64(`${description}, since boot`)));

/** `sysstat.tcp`: /proc/net/snmp and /proc/net/netstat, of this network namespace. */
export const Tcp = record({
  segments_sent: counted('segments sent, those sent again left out (Tcp OutSegs)'),
  segments_retransmitted: counted('segments sent again (Tcp RetransSegs)'),
  listen_overflows: counted(
    'connections refused because a queue of accepted ones was full (TcpExt ListenOverflows)',
  ),
  listen_drops: counted('connections refused for whatever reason (TcpExt ListenDrops)'),
  retransmitted_percent: nullable(
    number('segments_retransmitted per segments_sent, since the last sample'),
  ),
});

type Texts = ReadonlyMap<string, string>;

/** The counters, and the share that was sent again since the last reading; null where neither file can be read. */
export function tcp(before: Texts, now: Texts): Static<typeof Tcp> | null {
  const [old, counters] = [read(before), read(now)];
  if (counters.size === 0) return null;
  const of = (name: string) => counters.get(name) ?? null;
  const grown = (name: string) => increase(old.get(name), of(name));
  const [sent, again] = [grown('Tcp.OutSegs'), grown('Tcp.RetransSegs')];
  return {
    segments_sent: of('Tcp.OutSegs'),
    segments_retransmitted: of('Tcp.RetransSegs'),
    listen_overflows: of('TcpExt.ListenOverflows'),
    listen_drops: of('TcpExt.ListenDrops'),
    retransmitted_percent:
      sent === null || again === null || sent === 0 ? null : rounded((100 * again) / sent, 3),
  };
}

const read = (texts: Texts) =>
  protocolCounters(`${texts.get('/proc/net/snmp') ?? ''}\n${texts.get('/proc/net/netstat') ?? ''}`);
