import {
  EMPTY,
  type Observable,
  catchError,
  concatMap,
  defer,
  from,
  ignoreElements,
  take,
  tap,
  timeout,
} from 'rxjs';
import { steadyClock } from '../operators/steadyClock.ts';
import type { Row } from '../ports/server.ts';
import type { OidNames } from './oidNames.ts';
import type { MonitoredServer } from './source.ts';
import { wantedDatabases } from './wantedDatabases.ts';

/** A table, index, … by name. */
export interface RelationName {
  readonly schema: string;
  readonly name: string;
}

/** A relation by oid, in the database with that oid; `0` or null: a catalog that all databases share. */
export interface RelationOid {
  readonly databaseOid: string | null;
  readonly oid: string | null;
}

/** How long an oid without a name is not asked for again, in ms. */
const AGAIN_MS = 60_000;
/** How long a name is believed, in ms. */
const LIFE_MS = 600_000;
/** Names that are kept at most; beyond, all are read anew. */
const MAX_NAMES = 2_000;
/** What the names of one database may delay, in ms: the connection to it may be busy with other reads. */
const PATIENCE_MS = 1_500;

const sql = `SELECT c.oid, n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.oid = ANY ($1::oid[])`;

/**
 * Names of relations by oid, read from pg_class of their database when an unknown one is seen: that waits for no lock on the
 * relation itself. Only databases that are configured, or the maintenance one, are entered; elsewhere names stay null.
 */
export class RelationNames {
  readonly #clock = steadyClock();
  readonly #query: string;
  readonly #names = new Map<string, { readonly name: RelationName | null; until: number }>();

  /** @param source - Names the read: `<source>/relations`. */
  constructor(source: string) {
    this.#query = `${source}/relations`;
  }

  of({ databaseOid, oid }: RelationOid): RelationName | null {
    return this.#names.get(`${databaseOid ?? '0'}/${oid ?? ''}`)?.name ?? null;
  }

  /** Reads the names of those that are not known; emits nothing. Errors go to `onError`. */
  learn(
    server: MonitoredServer,
    databases: OidNames,
    relations: readonly RelationOid[],
    onError: (error: unknown) => void,
  ): Observable<never> {
    return defer(() => {
      const unknown = this.#unknown(relations);
      if (unknown.size === 0) return EMPTY;
      return server.settings$.pipe(
        take(1),
        concatMap((settings) => {
          const { names, includes } = wantedDatabases(settings);
          return from(unknown).pipe(
            concatMap(([databaseOid, oids]) => {
              const shared = databaseOid === '0';
              const database = shared ? settings.database : databases.database(databaseOid);
              if (database === null) return EMPTY;
              const isHome = shared || database === settings.database;
              const isWanted = names.length > 0 ? names.includes(database) : includes(database);
              if (!isHome && !(isWanted && databases.isOpen(databaseOid))) return EMPTY;
              return this.#read(server, isHome ? null : database, databaseOid, oids).pipe(
                catchError((error: unknown) => {
                  onError(error);
                  return EMPTY;
                }),
              );
            }),
          );
        }),
      );
    });
  }

  #read(
    server: MonitoredServer,
    database: string | null,
    databaseOid: string,
    oids: readonly string[],
  ): Observable<never> {
    const until = this.#clock() + LIFE_MS;
    const place =
      database === null ? ({ lane: 'fast' } as const) : ({ lane: 'database', database } as const);
    return server
      .query({ name: this.#query, sql, values: [oids], timeoutMs: 1_000, ...place })
      .pipe(
        timeout({ each: PATIENCE_MS, with: () => EMPTY }),
        tap((rows: readonly Row[]) => {
          for (const [oid, schema, name] of rows) {
            const known = { name: { schema: schema ?? '', name: name ?? '' }, until };
            this.#names.set(`${databaseOid}/${oid ?? ''}`, known);
          }
        }),
        ignoreElements(),
      );
  }

  /** Those to ask for, by database; they are not asked for again soon, whatever comes of it. */
  #unknown(relations: readonly RelationOid[]): Map<string, string[]> {
    const now = this.#clock();
    const unknown = new Map<string, string[]>();
    if (this.#names.size > MAX_NAMES) this.#names.clear();
    for (const { databaseOid, oid } of relations) {
      if (oid === null || oid === '0') continue;
      const database = databaseOid ?? '0';
      const key = `${database}/${oid}`;
      const known = this.#names.get(key);
      if (known && known.until > now) continue;
      this.#names.set(key, { name: known?.name ?? null, until: now + AGAIN_MS });
      const oids = unknown.get(database);
      if (oids) oids.push(oid);
      else unknown.set(database, [oid]);
    }
    return unknown;
  }
}
