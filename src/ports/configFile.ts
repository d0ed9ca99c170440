import type { Observable } from 'rxjs';

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
