import { EMPTY, type Observable, catchError, defer, ignoreElements, tap } from 'rxjs';
import { steadyClock } from '../operators/steadyClock.ts';
import type { Server } from '../ports/server.ts';

/** How long an oid without a name is not asked for again, in ms. */
const AGAIN_MS = 60_000;
/** How long a name is believed, in ms: databases and roles are renamed, seldom. */
const LIFE_MS = 600_000;
/** Names that are kept at most; beyond, all are read anew. */
const MAX_NAMES = 5_000;

interface Known {
  readonly name: string | null;
  /** Of a database: whether a connection to it would be let in. */
  readonly isOpen: boolean;
  readonly until: number;
}

/**
 * Names of databases and roles by oid, read when an unknown one is seen. The statistics functions give oids alone, and so
 * do not wait for locks on pg_database and pg_authid as their views do; a name that cannot be read stays null.
 */
export class OidNames {
  readonly #clock = steadyClock();
  readonly #query: string;
  readonly #names = new Map<string, Known>();

  /** @param source - Names the read: `<source>/names`. */
  constructor(source: string) {
    this.#query = `${source}/names`;
  }

  database(oid: string | null): string | null {
    return this.#name('d', oid);
  }

  /** Whether a connection to a database would be let in: a refusal would stand in the server's log. */
  isOpen(databaseOid: string | null): boolean {
    return databaseOid !== null && this.#names.get(`d${databaseOid}`)?.isOpen === true;
  }

  role(oid: string | null): string | null {
    return this.#name('r', oid);
  }

  /** Reads the names of those oids that are not known; emits nothing. Errors go to `onError`. */
  learn(
    server: Server,
    databases: Iterable<string | null>,
    roles: Iterable<string | null>,
    onError: (error: unknown) => void,
  ): Observable<never> {
    return defer(() => {
      const now = this.#clock();
      const wanted = [this.#unknown('d', databases, now), this.#unknown('r', roles, now)] as const;
      const [datoids, roloids] = wanted;
      if (datoids.length + roloids.length === 0) return EMPTY;
      if (this.#names.size > MAX_NAMES) this.#names.clear();
      for (const oid of datoids) this.#note(`d${oid}`, null, false, now + AGAIN_MS);
      for (const oid of roloids) this.#note(`r${oid}`, null, false, now + AGAIN_MS);
      return server
        .query({
          name: this.#query,
          sql: `SELECT 'd', oid, datname,
              datallowconn AND datconnlimit <> -2 AND has_database_privilege(oid, 'CONNECT')
            FROM pg_database WHERE oid = ANY ($1::oid[])
            UNION ALL SELECT 'r', oid, rolname, false FROM pg_roles WHERE oid = ANY ($2::oid[])`,
          values: [datoids, roloids],
          lane: 'fast',
          timeoutMs: 1_000,
        })
        .pipe(
          tap((rows) => {
            for (const [kind, oid, name, open] of rows) {
              this.#note(`${kind ?? ''}${oid ?? ''}`, name ?? null, open === 't', now + LIFE_MS);
            }
          }),
          ignoreElements(),
          catchError((error: unknown) => {
            onError(error);
            return EMPTY;
          }),
        );
    });
  }

  #name(kind: string, oid: string | null): string | null {
    return oid === null ? null : (this.#names.get(kind + oid)?.name ?? null);
  }

  #unknown(kind: string, oids: Iterable<string | null>, now: number): string[] {
    const unknown = new Set<string>();
    for (const oid of oids) {
      if (oid === null || oid === '0') continue;
      const known = this.#names.get(kind + oid);
      if (!known || known.until <= now) unknown.add(oid);
    }
    return [...unknown];
  }

  /** A name that was known stays until a newer one is. */
  #note(key: string, name: string | null, isOpen: boolean, until: number): void {
    const before = this.#names.get(key);
    this.#names.set(key, {
      name: name ?? before?.name ?? null,
      isOpen: name === null ? (before?.isOpen ?? false) : isOpen,
      until,
    });
  }
}
