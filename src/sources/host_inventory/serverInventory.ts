import type { Static } from '@sinclair/typebox';
import {
  BehaviorSubject,
  type Observable,
  combineLatest,
  concatMap,
  defer,
  distinctUntilChanged,
  forkJoin,
  map,
  tap,
  toArray,
} from 'rxjs';
import type { Row } from '../../ports/server.ts';
import { bool } from '../../postgres/values.ts';
import { polled } from '../polled.ts';
import { type ServerContext, serverSource } from '../source.ts';
import { withFacts } from '../withFacts.ts';
import { HostInventory, type Setting, hostFields, inventorySettings } from './inventory.ts';
import { mainSettings } from './mainSettings.ts';

/** While a server has not been read, it is tried this often, in seconds. */
const RETRY_SECONDS = 60;
const QUERY_TIMEOUT_MS = 5_000;
const TIMEOUT_MS = 20_000;

/**
 * What the collector set for its own session is not the server's: a `SET LOCAL` (`session`) leaves that in `reset_val`, an
 * option of the connection (`client`) hides it.
 */
const sql = `SELECT name, CASE source WHEN 'client' THEN NULL WHEN 'session' THEN reset_val ELSE setting END, unit, source, pending_restart
  FROM pg_catalog.pg_settings WHERE name = ANY($1::text[]) ORDER BY name`;

/**
 * Type `host_inventory`, a server's part: the host's facts, the server's version and its main settings.
 *
 *     server     down----------up-------------------------
 *     due        x-----x-----x-----x---------------------x
 *     result     ------------------m---------------------m
 *
 * At the start and daily. A server that is down yields nothing (the host's own part is there anyway) and is tried every
 * minute until it could be read.
 */
export const serverInventory = serverSource({
  type: 'host_inventory',
  scope: 'server',
  settings: inventorySettings,
  metrics: [HostInventory],
  read: (context) =>
    defer(() => {
      const { host, hostname } = context;
      const wanted$ = new BehaviorSubject(false);
      const settings$ = combineLatest([
        context.settings$,
        wanted$.pipe(distinctUntilChanged()),
      ]).pipe(
        map(([settings, wanted]) => ({
          ...settings,
          interval: wanted ? Math.min(settings.interval, RETRY_SECONDS) : settings.interval,
        })),
      );
      return polled({ ...context, settings$ }, { timeoutMs: TIMEOUT_MS }, () => {
        wanted$.next(true);
        return forkJoin([host.facts(), serverFields(context)]).pipe(
          map(([facts, fields]) => ({ ...hostFields(facts, hostname), ...fields })),
          tap(() => {
            wanted$.next(false);
          }),
        );
      });
    }),
});

function serverFields(
  context: Pick<ServerContext<never>, 'server'>,
): Observable<Partial<Static<typeof HostInventory>>> {
  return withFacts(context, (facts, { server }) =>
    server
      .query({
        name: 'host_inventory/settings',
        sql,
        values: [mainSettings],
        lane: 'slow',
        timeoutMs: QUERY_TIMEOUT_MS,
      })
      .pipe(
        concatMap((rows) => rows.map(setting)),
        toArray(),
        map((settings) => ({
          server: server.name,
          server_local: server.connection().local,
          server_version: facts.version,
          server_version_num: facts.versionNum,
          server_started_at: facts.startedAt === '' ? null : facts.startedAt,
          settings,
        })),
      ),
  );
}

function setting([name, value, unit, source, pending]: Row): Static<typeof Setting> {
  return {
    name: name ?? '',
    value: value ?? null,
    unit: unit ?? null,
    source: source ?? null,
    pending_restart: bool(pending ?? null),
  };
}
