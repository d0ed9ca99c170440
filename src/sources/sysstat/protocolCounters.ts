import type { Int64 } from '../../schema/fields.ts';
import { counter } from './counter.ts';

/**
 * Reads /proc/net/snmp and /proc/net/netstat: pairs of lines, names and values, of one protocol each. By
 * `<protocol>.<name>`, e.g. `TcpExt.ListenOverflows`.
 */
export function protocolCounters(text: string): ReadonlyMap<string, Int64 | null> {
  const counters = new Map<string, Int64 | null>();
  const names = new Map<string, readonly string[]>();
  for (const line of text.split('\n')) {
    const [protocol = '', ...words] = line.trim().split(/\s+/);
    const known = names.get(protocol);
    if (!known) {
      names.set(protocol, words);
      continue;
    }
    known.forEach((name, index) => {
      counters.set(`${protocol.replace(/:$/, '')}.${name}`, counter(words[index]));
    });
    names.delete(protocol);
  }
  return counters;
}
