import type { Observable } from 'rxjs';

/** One row: the server's text for each column, null for NULL. int8, numeric, timestamps and lsn stay exact that way. */
export type Row = readonly (string | null)[];

/**
 * Which connection runs a query; one statement at a time each, at most three connections per server.
 * `fast`: health and samples, kept open, 1 s. `slow`: other cluster-wide reads. `database`: reads inside one database.
 */
export type Lane = 'fast' | 'slow' | 'database';

/**
 * How a statement is run that others wrote: alone, by the extended protocol, in a session that only such statements use,
 * read-only; then it is rolled back, and whatever it left in the session is discarded. It takes the place of lane `database`,
 * also in the maintenance database.
 *
 * Emits, before the rows: the names of the columns; the oids of their types; how many rows there are (null: more than were
 * counted: 10,000, or ten times `maxRows`).
 */
export interface Guest {
  /** Rows that are kept, of at most 4 MiB together. null: the statement is prepared, and not run. */
  readonly maxRows: number | null;
}

/** One read. */
export interface Query {
  /** `<source>/<what>`; names the read in errors and recordings, and marks it in SQL: `SELECT /* pganalytics:<source> *​/`. */
  readonly name: string;
  /** One SELECT, written as `SELECT …`; the port adds the marker. Lists are one array parameter. */
  readonly sql: string;
  readonly values?: readonly (string | number | null | readonly (string | number)[])[];
  readonly lane: Lane;
  /** For lane `database`: where to run. Default: the maintenance database. */
  readonly database?: string;
  /** The server's `statement_timeout` for it, in ms. The client gives up 1 s later: cancels, waits, then destroys. */
  readonly timeoutMs: number;
  /** Rows per emission through a portal, for reads of thousands of rows. Default: all rows in one emission. */
  readonly batch?: number;
  /**
   * The start of the server that it was written for, as `serverStart` tells it (postgres/serverStart.ts): on a connection to
   * another one it is not sent, `OtherServerError`. Default: any.
   */
  readonly start?: string;
  /** The statement is not ours; see `Guest`. `sql` is sent as it is, `values` and `batch` do not apply. */
  readonly guest?: Guest;
  /** `SET LOCAL` settings that this read needs, e.g. `{ work_mem: '32MB' }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Asked when its turn has come, right before it is sent: an error that it is not sent for, and fails with. */
  readonly gate?: () => Error | null;
  /**
   * Told how long the server was at it, in ms, however it ended: from its execution on, not while it waited for its turn
   * or for a connection. Not called where it was never executed.
   */
  readonly took?: (ms: number) => void;
}

/** A table of PgBouncer's console. */
export interface ConsoleTable {
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
}

/** One monitored PostgreSQL server. Errors are `UnreachableError`, `OtherServerError` or `QueryError`; after one the next query starts anew. */
export interface Server {
  /** Emits the rows (in chunks of `batch`), then completes. Unsubscribing cancels the statement on the server. */
  readonly query: (query: Query) => Observable<readonly Row[]>;
  /** What a connection attempt costs and tells; asks on lane `fast`. */
  readonly connection: () => ConnectionState;
  /**
   * What the console of its PgBouncer answers to each `SHOW <name>`, by name; emits once. Errors are `UnavailableError`
   * where none is configured, else as those of `query`. Absent in replays.
   */
  readonly pgbouncer?: (shows: readonly string[]) => Observable<ReadonlyMap<string, ConsoleTable>>;
}

/** What is known of the fast lane's connection. */
export interface ConnectionState {
  /** How long the last successful connect took, in ms; null before the first. */
  readonly connectMs: number | null;
  /** Whether a pooler stands in the path (start-up parameters refused, or another pid answers). */
  readonly pooler: boolean;
  /** Whether the server runs on this host: a Unix socket or a loopback address. */
  readonly local: boolean;
}
