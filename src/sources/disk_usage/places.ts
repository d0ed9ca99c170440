import {
  type Observable,
  concat,
  defer,
  distinctUntilChanged,
  map,
  of,
  switchMap,
  takeUntil,
  tap,
} from 'rxjs';
import { eachKey } from '../../operators/eachKey.ts';
import type { SectionSettings } from '../../schema/config.ts';
import type { HostContext, MonitoredServer } from '../source.ts';
import type { Hold } from './hold.ts';
import type { Looks } from './looks.ts';
import { serverPlaces } from './serverPlaces.ts';

/**
 * Where the data of all monitored servers lie on this host: after each change, while the section is on.
 *
 *     servers$   a------ab--------b-----
 *     places a   --p--------q-----        goes with its server
 *     places b             --r----------
 *     result     --p-------(pr)(qr)-r---
 */
export function places(
  { servers$, settings$, random, trouble }: HostContext<SectionSettings>,
  looks: Looks,
): Observable<readonly Hold[]> {
  function ofAll(): Observable<readonly Hold[]> {
    const known = new Map<string, readonly Hold[]>();
    return servers$.pipe(
      eachKey<readonly MonitoredServer[], MonitoredServer, readonly Hold[]>(
        (servers) => new Map(servers.map((server) => [server.name, server])),
        (a, b) => a === b,
        (name, server$, gone$) =>
          concat(
            server$.pipe(
              switchMap((server) => serverPlaces(server, looks, { random, trouble })),
              tap((found) => known.set(name, found)),
              takeUntil(gone$),
            ),
            defer(() => {
              known.delete(name);
              return of([]);
            }),
          ),
      ),
      map(() => [...known.values()].flat()),
    );
  }
  return settings$.pipe(
    map(({ enabled }) => enabled),
    distinctUntilChanged(),
    switchMap((enabled) => (enabled ? defer(ofAll) : of([]))),
  );
}
