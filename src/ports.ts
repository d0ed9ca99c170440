import type { Observable } from 'rxjs';
import type { ServerSettings } from './schema/config.ts';
import type { Header, Payload } from './schema/payload.ts';
import type { Counts, Json } from './schema/json.ts';

/*
 * The outside world. Everything here is an Observable: subscribing starts the work, unsubscribing cancels it, and a
 * test hands in `timer(tookMs).pipe(map(() => reply))`. `io/` implements these; nothing else touches the world.
 */

// PostgreSQL --------------------------------------------------------------------------------------------------------

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

// HTTP --------------------------------------------------------------------------------------------------------------

/** How to reach a backend: read anew at each request, so that changed settings and swapped certificates count at once. */
export interface Transport {
  readonly verify: boolean;
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
  readonly certFile: string | null;
  readonly keyFile: string | null;
  readonly caFile: string | null;
  /** Issued at registration; used where no files are configured. PEM. */
  readonly issued: { readonly certificate: string; readonly privateKey: string } | null;
  /** An HTTP proxy to go through, `http://` with its credentials. Default: none; the environment's are never used. */
  readonly proxy?: string;
  /** One deadline for the whole request, in ms. */
  readonly timeoutMs: number;
}

export interface HttpRequest {
  /** Names the request in errors and recordings: `push`, `config`, `register`, `refresh`, `health`. */
  readonly name: string;
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly transport: Transport;
}

export interface HttpReply {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** At most 1 MiB of it. */
  readonly body: string;
  /** False where the connection ended before the body did. */
  readonly complete: boolean;
  /** Set where the request was sent before on a connection that ended without an answer: it may have been handled twice. */
  readonly resent?: true;
}

/** One request, one reply of any status (redirects are not followed). Errors are `TransportError` or `CertificateError`. */
export type Http = (request: HttpRequest) => Observable<HttpReply>;

// Identity and tokens -----------------------------------------------------------------------------------------------

/** Reads a secret from its file, anew at each subscription. Errors with `SecretError`. */
export type SecretFile = (path: string) => Observable<Uint8Array>;

/** What registration gave; kept in `state_dir/identity.json`, 0600. */
export interface Identity {
  readonly collectorId: string;
  readonly token: string;
  /** When this token arrived, ms since 1970 by this host's clock: a token's life is measured from here. */
  readonly tokenArrivedAt: number;
  /** RFC 3339, as the backend said it; null where it did not. */
  readonly expiresAt: string | null;
  readonly certificate: string | null;
  readonly privateKey: string | null;
  /** When this collector registered, ms since 1970; unset where an older version did. */
  readonly registeredAt?: number;
  /** When it registered in the place of an older identity: of the last day. Default: never. */
  readonly renewedAt?: readonly number[];
  /** Ids that it had before, the newest last. Default: none. */
  readonly formerIds?: readonly string[];
  /** Set where it was stored on another machine: the state directory is a copy. */
  readonly foreign?: true;
}

export interface IdentityStore {
  /** Emits the stored identity, or null where there is none. Errors with `FileError`, also where others can read it. */
  readonly load: () => Observable<Identity | null>;
  /** Replaces it atomically; emits when it is durable. */
  readonly save: (identity: Identity) => Observable<void>;
}

/** The claims that the collector reads and writes; seconds since 1970. */
export interface Claims {
  readonly collector_id?: string;
  readonly hostname?: string;
  /** `access` */
  readonly type?: string;
  /** `collector:<id>` */
  readonly sub?: string;
  readonly exp?: number;
  readonly iat?: number;
  readonly nbf?: number;
}

export interface Jwt {
  /** Signs HS256 with the secret, read anew from its file. Errors with `SecretError` below 32 bytes. */
  readonly sign: (claims: Claims, secretFile: string) => Observable<string>;
  /** The claims of a token, unverified (only the backend can verify it); null where it is no JWT. */
  readonly decode: (token: string) => Claims | null;
}

// Configuration -----------------------------------------------------------------------------------------------------

/** The text of a local configuration file. */
export interface ConfigText {
  /** What the text is called in messages: the file's path. */
  readonly name: string;
  readonly text: string;
  /** Why it was read. */
  readonly origin: 'start' | 'file' | 'signal';
  /** Whether every user of the host can read the file. */
  readonly exposed: boolean;
}

/** The file could not be read again; what runs goes on. */
export interface ConfigUnreadable {
  readonly name: string;
  readonly origin: 'file' | 'signal';
  readonly problem: string;
}

export interface ConfigFile {
  /** Reads it once; errors with `FileError`. */
  readonly read: (path: string) => Observable<ConfigText>;
  /** Reads it at once (errors with `FileError`), then at each `reload$` and whenever it changed; never completes. */
  readonly follow: (
    path: string,
    reload$: Observable<unknown>,
  ) => Observable<ConfigText | ConfigUnreadable>;
}

/** A line and column of a text, from 1. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

/** Where a key and its value stand. */
export interface KeyPlace {
  readonly key: TextPlace;
  readonly value: TextPlace;
}

/** The language of configuration texts: TOML, or JSON where the text starts with `{`. */
export interface ConfigFormat {
  /** The text as plain data, tables without prototype; or what is wrong with it. */
  readonly parse: (
    text: string,
  ) =>
    | { readonly data: Record<string, unknown> }
    | { readonly problem: string; readonly place: TextPlace | undefined };
  /** The places of all keys, by dotted path (`postgres[0].port`); empty for JSON. Only for the error path: slow. */
  readonly places: (text: string) => Observable<ReadonlyMap<string, KeyPlace>>;
}

/** A configuration that the backend gave. */
export interface PulledText {
  readonly text: string;
  /** `X-Config-Version`; null where there was none. */
  readonly version: number | null;
}

/** The last good pulled configuration, kept in `state_dir`, 0600. */
export interface PulledStore {
  /** Emits it, or null where there is none; errors with `FileError`. */
  readonly load: () => Observable<PulledText | null>;
  /** Replaces it atomically, or removes it (null); emits when that is durable. */
  readonly save: (pulled: PulledText | null) => Observable<void>;
}

// The host ----------------------------------------------------------------------------------------------------------

/** Space of one file system, as statvfs gives it: blocks of `blockSize` bytes. */
export interface FileSystemSpace {
  readonly blockSize: number;
  readonly blocks: number;
  readonly blocksFree: number;
  readonly blocksAvailable: number;
  readonly files: number;
  readonly filesFree: number;
}

/** Unchanging facts of the host. */
export interface HostFacts {
  readonly hostname: string;
  /** The operating system, as its vendor names it where it says so: `Debian GNU/Linux 12 (bookworm)`; else `linux`. */
  readonly platform: string;
  /** The kernel's release, e.g. `6.1.0-13-amd64`. */
  readonly kernel: string;
  readonly architecture: string;
  readonly cpuModel: string | null;
  readonly cpuCount: number;
  readonly memoryBytes: number;
  /** Of the runtime that runs this agent, e.g. `v20.20.2`. */
  readonly nodeVersion: string;
}

/** What this process itself uses. */
export interface ProcessUsage {
  readonly uptimeSeconds: number;
  readonly residentBytes: number;
  readonly heapUsedBytes: number;
  /** Processor time since the start of the process, in ms. */
  readonly cpuUserMs: number;
  readonly cpuSystemMs: number;
  /** 99th percentile of the event loop's delay since the last reading, in ms; null where nothing was measured yet. */
  readonly eventLoopDelayP99Ms: number | null;
}

export interface Host {
  readonly platform: string;
  /** The text of each file that exists, by path; meant for /proc and /sys. One emission. Keeps the files open. */
  readonly read: (paths: readonly string[]) => Observable<ReadonlyMap<string, string>>;
  /**
   * The text of files of processes (`stat`, `io`, …), of all processes or of those that are named, by `<pid>/<file>`; what
   * is gone, or closed to this user, is left out. Keeps nothing open.
   */
  readonly processFiles: (
    files: readonly string[],
    pids?: readonly number[],
  ) => Observable<ReadonlyMap<string, string>>;
  /** Space of one mount. `remote` (network or FUSE): asked in a child process that is killed on unsubscribe. */
  readonly space: (mount: string, remote: boolean) => Observable<FileSystemSpace>;
  /** The device number of a path's file system, e.g. to find the mount that holds a data directory. */
  readonly device: (path: string) => Observable<number>;
  /** Where a symbolic link points, e.g. `/proc/<pid>/fd/2`; null where there is none or it may not be read. */
  readonly link: (path: string) => Observable<string | null>;
  readonly facts: () => Observable<HostFacts>;
  /** What this process uses now. A reading starts the next window of the event loop's delay: for one reader alone. */
  readonly process: () => Observable<ProcessUsage>;
}

/** Whole lines of a followed log file. */
export interface LogChunk {
  /** The file's base name. */
  readonly file: string;
  /** Identifies the file beyond its name: device, inode and a fingerprint of its first bytes. */
  readonly fileId: string;
  /** Offset of the first byte of `text`; a mark is `{fileId, offset}`. */
  readonly offset: number;
  /** Offset behind the last byte. Data, not derived from `text`, so that masking moves no mark. */
  readonly end: number;
  /**
   * Complete lines, each ended by a newline, as bytes: one character (U+0000 to U+00FF) for each, so that a place in the
   * text is a place in the file, whatever encoding it has. Empty in the chunk that only tells where the following begins,
   * or what is lost.
   */
  readonly text: string;
  /** Offset of the first byte of each line where `text` was masked; absent where it follows from `offset`. */
  readonly starts?: readonly number[];
  /** The one line of `text` was longer than 10 MiB and lost its end. */
  readonly cut: boolean;
  /** When the file was last written, ms since 1970: what is newer was not read yet. */
  readonly modifiedMs: number;
  /** Fingerprint of the bytes before `end`; see `LogAnchor`. */
  readonly print: string;
  /** Something before this chunk was removed before it was read. */
  readonly gap?: LogGap;
  /** How far other files were read whose names the server uses again (`server_%a.log`); absent where it does not. */
  readonly others?: readonly LogFileRead[];
}

/** How far a file was read. */
export type LogFileRead = Readonly<{
  fileId: string;
  /** All before it was read. */
  read: number;
  /** Fingerprint of the bytes before `read`; see `LogAnchor`. */
  print: string;
  /** When the file was last written, as it was last seen. */
  modifiedMs: number;
}>;

/** A part of the log that is lost. */
export interface LogGap {
  /** The file that it was in. */
  readonly file: string;
  /** `removed`: the file is gone; `truncated`: the file was emptied while it was written. */
  readonly reason: 'removed' | 'truncated';
  /** Known lost; null where nobody can know. More may be lost where the file was emptied while it was written. */
  readonly bytes: number | null;
}

/** What stood before an offset of a file: tells whether the file still is what was read. */
export interface LogAnchor {
  readonly offset: number;
  /** Fingerprint of the up to 64 bytes before it. */
  readonly print: string;
}

/** Where the following of logs stands: all before `offset` was handled. */
export interface LogMark {
  readonly fileId: string;
  readonly offset: number;
  /** Of the chunk; where the file is gone, files written later are read. */
  readonly modifiedMs: number;
  /** The file's name at that time, for messages. */
  readonly file?: string;
  /** The newest that is known at or before `offset`. */
  readonly anchor?: LogAnchor | null;
  /** As the chunk told: what was appended to them since then is read from there on. */
  readonly others?: readonly LogFileRead[];
}

/** What to follow: a directory and which of its files. */
export interface LogPlace {
  readonly directory: string;
  /** Ending of the file names, e.g. `.json`, `.log`. */
  readonly suffix: string;
  /** The names that the server gives: `log_filename` of this format, with the escapes of strftime. Default: any. */
  readonly filename?: string;
  /** The server's own word on which file it writes now. Default: nobody tells, the file that was written last. */
  readonly current?: CurrentLogfiles;
  /**
   * `beginning` reads what stands there at the first start; `end` only what comes; a time (ms since 1970) all of the
   * files that were written later, in order.
   */
  readonly startAt: 'beginning' | 'end' | number;
}

/** The file in which a server tells where it writes, a line for each form: `csvlog log/postgresql-Mon.csv`. */
export interface CurrentLogfiles {
  /** `<data_directory>/current_logfiles` */
  readonly path: string;
  /** Whose line counts, e.g. `jsonlog`. */
  readonly format: string;
}

/** A file of a log directory on another host. */
export interface RemoteLogFile {
  readonly name: string;
  /** Whether the server writes it now; false where it does not tell. */
  readonly current: boolean;
  readonly size: number;
  /** ms since 1970. */
  readonly modifiedMs: number;
}

/** A log directory on another host. */
export interface RemoteLogFolder {
  /** All plain files of the directory. */
  readonly list: () => Observable<readonly RemoteLogFile[]>;
  /** At most `length` bytes from `offset` on; fewer at the file's end, null where there is no such file. */
  readonly read: (name: string, offset: number, length: number) => Observable<Uint8Array | null>;
}

export interface LogsOptions {
  /** Emits when nothing more will come: what stands there is read, then the following completes. Default: never. */
  readonly finish$?: Observable<unknown>;
  /** Reads from another host instead of the local file system. */
  readonly remote?: RemoteLogFolder;
}

/**
 * Follows the newest log file, and each that comes after it. `mark$`: the first says where to resume (undefined: as
 * `startAt` says), each later one that all before it needs no care any more: reading never runs far beyond it.
 * Errors are `FileError`, and those of `remote`.
 */
export type Logs = (
  place: LogPlace,
  mark$: Observable<LogMark | undefined>,
  options?: LogsOptions,
) => Observable<LogChunk>;

// The spool ---------------------------------------------------------------------------------------------------------

/** What becomes of a payload that leaves the spool. */
export type Fate =
  | { readonly is: 'delivered' }
  | { readonly is: 'set_aside'; readonly reason: string }
  | { readonly is: 'split'; readonly halves: readonly [Payload, Payload] };

/** A payload that left the spool undelivered. */
export interface Gone {
  readonly header: Pick<Header, 'id' | 'counts'>;
  readonly reason: string;
}

/** What a spool has to say of itself. */
export type SpoolNews =
  /** The disk fails, is full or is damaged; repeats at each failure. */
  | { readonly is: 'trouble'; readonly code: string; readonly message: string }
  /** What failed before works again. */
  | { readonly is: 'settled' }
  | { readonly is: 'notice'; readonly message: string }
  /** Metrics that had been set aside wait again. */
  | { readonly is: 'retried'; readonly counts: Counts };

/** A payload that was set aside: its folder and file within the spool, e.g. `dead/000000000042.payload`. */
export type AsideName = string;

/** What an operator does with payloads that were set aside. */
export interface Aside {
  /** Lets them wait again, in front of all others (news `retried`); emits the names of those that do. */
  readonly retry: (names: readonly AsideName[]) => Observable<readonly AsideName[]>;
  /** Removes them for good; emits the names of those that are gone. */
  readonly drop: (names: readonly AsideName[]) => Observable<readonly AsideName[]>;
}

/** The bounded queue between windows and the sink. In the sink's eyes: oldest first, one at a time. */
export interface Spool {
  /** The newest durable mark of each unit, as found when the spool was opened. */
  readonly marks: Readonly<Record<string, Json>>;
  /** What was found at the opening, in metrics by type. */
  readonly recovered: Counts;
  /** When the newest payload of the runs before was made, ISO 8601; absent where none is known. */
  readonly newestAt?: string;
  /**
   * Oldest first: those found, then each that is appended; halves of a split payload come next. One at a time: the next
   * one comes when the last one was settled, so nothing queues behind it. One subscriber. Ends with the spool.
   */
  readonly entries$: Observable<Header>;
  /** How many payloads wait, the one in flight among them: the number at once, then each change. */
  readonly waiting$: Observable<number>;
  /** What was found damaged at the opening, at once; then each payload that goes for want of room or for its age. */
  readonly evicted$: Observable<Gone>;
  /** Whether so much waits that sources which can be held back should be: the newest at once, then each change. */
  readonly pressure$: Observable<boolean>;
  /** What was found at the opening, at once; then as it happens. */
  readonly news$: Observable<SpoolNews>;
  /** Emits the header when the payload is durable. */
  readonly append: (payload: Payload) => Observable<Header>;
  /** Empty where it was evicted meanwhile. */
  readonly read: (entry: Header) => Observable<Payload>;
  readonly settle: (entry: Header, fate: Fate) => Observable<void>;
  /** What was set aside. */
  readonly aside: Aside;
  /** Takes out and emits what cannot outlive the process (reason `shutdown`); empty where the spool is durable. */
  readonly close: () => Observable<Gone>;
}

/** What may wait in the spool. */
export interface SpoolLimits {
  readonly maxBytes: number;
  /** Older payloads go, in ms. Default: 7 days. */
  readonly maxAgeMs?: number;
  /** What must stay free on the disk, in bytes. Default: the larger of 1 GiB and 5 %. */
  readonly minFreeBytes?: number;
}

/** Opens (locks, recovers) on subscription and emits once; closes on unsubscription, and does not complete before. */
export type OpenSpool = (limits: SpoolLimits) => Observable<Spool>;

// All of it ---------------------------------------------------------------------------------------------------------

export interface Ports {
  /**
   * One server; newest settings count from the next query on. Emits once and does not complete: unsubscribing, also by
   * `take(1)`, cancels what runs and closes the connections.
   */
  readonly postgres: (settings$: Observable<ServerSettings>) => Observable<Server>;
  readonly http: Http;
  readonly identity: IdentityStore;
  readonly jwt: Jwt;
  readonly secret: SecretFile;
  readonly configFile: ConfigFile;
  readonly configFormat: ConfigFormat;
  readonly pulledStore: PulledStore;
  readonly host: Host;
  readonly logs: Logs;
  readonly spool: OpenSpool;
}
