import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pages } from '../../../src/sources/sysstat/pages.ts';
import { protocolCounters } from '../../../src/sources/sysstat/protocolCounters.ts';
import { tcp } from '../../../src/sources/sysstat/tcp.ts';

const snmp = (sent: number, again: number) =>
  `Ip: Forwarding DefaultTTL\nIp: 1 64\nTcp: RtoAlgorithm MaxConn OutSegs RetransSegs InErrs\nTcp: 1 -1 ${sent} ${again} 0\n`;
const netstat =
  'TcpExt: SyncookiesSent ListenOverflows ListenDrops\nTcpExt: 0 7 9007199254740993\nIpExt: InNoRoutes\nIpExt: 3\n';
const texts = (sent: number, again: number) =>
  new Map([
    ['/proc/net/snmp', snmp(sent, again)],
    ['/proc/net/netstat', netstat],
  ]);

describe('tcp', () => {
  it('reads counters by the names that the kernel gives, and what was sent again since the last sample', () => {
    expect(tcp(texts(1_000, 10), texts(1_200, 13))).toStrictEqual({
      segments_sent: 1_200,
      segments_retransmitted: 13,
      listen_overflows: 7,
      listen_drops: '9007199254740993',
      retransmitted_percent: 1.5,
    });
  });

  it('derives nothing from counters that went back, stood still or are missing', () => {
    expect(tcp(texts(2_000, 10), texts(1_200, 13))?.retransmitted_percent).toBeNull();
    expect(tcp(texts(1_200, 13), texts(1_200, 13))?.retransmitted_percent).toBeNull();
    expect(tcp(new Map(), texts(1_200, 13))?.retransmitted_percent).toBeNull();
    expect(tcp(texts(1, 1), new Map())).toBeNull();
  });

  it('takes any text', () => {
    fc.assert(fc.property(fc.string(), (text) => void protocolCounters(text)));
  });
});

describe('pages', () => {
  it('reads what the kernel counts, null where it does not', () => {
    expect(
      pages('pgmajfault 12\npswpin 1\npswpout 2\noom_kill 3\nzone_oom_kill 9\n'),
    ).toStrictEqual({
      oom_kills: 3,
      swapped_in: 1,
      swapped_out: 2,
      major_faults: 12,
    });
    expect(pages('pswpin 1\n')).toMatchObject({ oom_kills: null, swapped_in: 1 });
    expect(pages('')).toBeNull();
  });
});
