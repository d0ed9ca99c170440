import { asyncScheduler } from 'rxjs';
import type { ServerSettings } from '../../schema/config.ts';
import { isLocal } from '../../schema/isLocal.ts';
import type { Entry } from '../../schema/journal.ts';

/**
 * What is known of other clocks than this host's: those of the servers that it reads, and when the run before was at work.
 * Tells whether a certificate that is refused for its dates is at fault, or this host's clock.
 */
export class OtherClocks {
  /** Clocks that differ by less are taken for the same, in ms. */
  static readonly sameMs = 60_000;
  /** By server, how far its clock was ahead of ours when it last answered, in ms. */
  readonly #servers = new Map<string, number>();
  /** ms since 1970. */
  #lastRun: number | null = null;

  note(entry: Entry): void {
    if (entry.at === 'recovered' && entry.newestAt !== undefined) {
      this.lastRun(Date.parse(entry.newestAt));
    }
    if (entry.at !== 'source' || entry.metric.type !== 'pg_health') return;
    const { server, clock_difference_ms: aheadMs } = entry.metric;
    if (typeof server === 'string' && typeof aheadMs === 'number') this.server(server, aheadMs);
  }

  /** A server answered, whose clock was so far ahead of this host's. */
  server(name: string, aheadMs: number): void {
    this.#servers.set(name, aheadMs);
  }

  /** The run before was at work at that moment, in ms since 1970. */
  lastRun(at: number): void {
    if (Number.isFinite(at)) this.#lastRun = at;
  }

  /**
   * One clause on a certificate that is not valid yet, or (`expired`) no more. A server of this host has its clock, and says
   * nothing; nor does a clock that differs the other way: by that one the certificate would be refused as well.
   */
  judge(expired: boolean, servers: readonly Pick<ServerSettings, 'name' | 'host'>[]): string {
    const others = servers.flatMap(({ name, host }) => {
      const aheadMs = this.#servers.get(name);
      if (aheadMs === undefined || (isLocal(host) && Math.abs(aheadMs) < OtherClocks.sameMs))
        return [];
      return [{ name, aheadMs, excuses: (expired ? -aheadMs : aheadMs) >= OtherClocks.sameMs }];
    });
    const excusing = others.find(({ excuses }) => excuses);
    const refusing = others.find(({ excuses }) => !excuses);
    if (excusing) {
      const { name, aheadMs } = excusing;
      const apart = `the clock of server ${name} is ${roughly(Math.abs(aheadMs))} ${aheadMs > 0 ? 'ahead of' : 'behind'} this host's`;
      return refusing
        ? `${apart}, but that of server ${refusing.name} is not: one of them is wrong`
        : `${apart}, which is wrong: set it (timedatectl)`;
    }
    const refused = expired ? 'has expired' : 'is not valid yet';
    if (refusing) {
      return `by the clock of server ${refusing.name} it ${refused} either way: the certificate is at fault`;
    }
    return this.#judgeByLastRun(expired);
  }

  #judgeByLastRun(expired: boolean): string {
    const last = this.#lastRun;
    if (last === null) return 'no other clock is known here';
    const at = new Date(last).toISOString().slice(0, 16);
    if (last - asyncScheduler.now() >= OtherClocks.sameMs) {
      return expired
        ? `this collector already worked at ${at}Z, which is later: the certificate is at fault, and this clock wrong too`
        : `this collector already worked at ${at}Z, which is later: this host's clock is wrong, set it (timedatectl)`;
    }
    return `no server elsewhere tells another time; this collector last worked at ${at}Z`;
  }
}

/** In whole days, hours or minutes: a text that changes at each failure would be said at each. */
function roughly(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}
