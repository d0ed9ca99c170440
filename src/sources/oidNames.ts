import {
  EMPTY,
  type Observable,
  asyncScheduler,
  catchError,
  defer,
  ignoreElements,
  tap,
} from 'rxjs';
import type { Server } from '../ports.ts';

/** How long an oid without a name is not asked for again, in ms. */
const AGAIN_MS = 60_000;
/** How long a name is believed, in ms: databases and roles are renamed, seldom. */
const LIFE_MS = 600_000;
/** Names that are kept at most; beyond, all are read anew. */
const MAX_NAMES = 5_000;

interface Known {
  readonly name: string | null;
  readonly until: number;
}

/**
 * Names of databases and roles by oid, read when an unknown one is seen. The statistics functions give oids alone, and so
 * do not wait for locks on pg_database and pg_authid as their views do; a name that cannot be read stays null.
 */
export class OidNames {
  readonly #query: string;
  readonly #names = new Map<string, Known>();

  /** @param source - Names the read: `<source>/names`. */
  constructor(source: string) {
    this.#query = `${source}/names`;
  }

  database(oid: string | null): string | null {
    return this.#name('d', oid);
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
      const now = asyncScheduler.now();
      const wanted = [this.#unknown('d', databases, now), this.#unknown('r', roles, now)] as const;
      const [datoids, roloids] = wanted;
      if (datoids.length + roloids.length === 0) return EMPTY;
      if (this.#names.size > MAX_NAMES) this.#names.clear();
      this.#note('d', datoids, null, now + AGAIN_MS);
      this.#note('r', roloids, null, now + AGAIN_MS);
      return server
        .query({
          name: this.#query,
          sql: `SELECT 'd', oid, datname FROM pg_database WHERE oid = ANY ($1::oid[])
            UNION ALL SELECT 'r', oid, rolname FROM pg_roles WHERE oid = ANY ($2::oid[])`,
          values: [datoids, roloids],
          lane: 'fast',
          timeoutMs: 1_000,
        })
        .pipe(
          tap((rows) => {
            for (const [kind, oid, name] of rows) {
              this.#note(kind ?? '', [oid ?? ''], name ?? null, now + LIFE_MS);
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
  #note(kind: string, oids: readonly string[], name: string | null, until: number): void {
    for (const oid of oids) {
      const before = this.#names.get(kind + oid)?.name ?? null;
      this.#names.set(kind + oid, { name: name ?? before, until });
    }
  }
}
