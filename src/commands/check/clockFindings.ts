import { type Observable, asyncScheduler, catchError, defer, map, of } from 'rxjs';
import type { MonitoredServer } from '../../sources/source.ts';
import { OtherClocks } from '../../streams/agent/otherClocks.ts';
import { duration } from '../../tap/quantity.ts';
import { type Finding, findingsAbout } from './finding.ts';

const sql = 'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint';

/** Whether a server's clock and this host's tell the same time; `clocks` is told of it. */
export function clockFindings(
  server: MonitoredServer,
  clocks: OtherClocks,
): Observable<readonly Finding[]> {
  return defer(() => {
    const from = asyncScheduler.now();
    return server.query({ name: 'check/clock', sql, lane: 'slow', timeoutMs: 5_000 }).pipe(
      map(([row]) => {
        const aheadMs = Math.round(Number(row?.[0]) - (from + asyncScheduler.now()) / 2);
        clocks.server(server.name, aheadMs);
        return Math.abs(aheadMs) < OtherClocks.sameMs ? [] : [differs(server.name, aheadMs)];
      }),
      catchError(() => of([])),
    );
  });
}

const differs = (name: string, aheadMs: number): Finding =>
  findingsAbout(`postgres ${name}`).warning(
    `its clock is ${duration(Math.abs(aheadMs))} ${aheadMs > 0 ? 'ahead of' : 'behind'} this host's; one of them is wrong`,
    'timedatectl',
  );
