/** A file that is being written. Each step rejects with Node's own error. */
export interface NewFile {
  readonly write: (parts: readonly Uint8Array[]) => Promise<void>;
  /** Waits until all that was written is on the disk. */
  readonly sync: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** The first bytes of a file, and how long the whole is. */
export interface FileHead {
  readonly bytes: Uint8Array;
  readonly size: number;
}

/** Space of a file system, in bytes. */
export interface DiskSpace {
  /** What a user without privileges may still write. */
  readonly free: number;
  readonly total: number;
}

/**
 * All that the spool asks of a file system. A test puts its own disk here, which fails, fills and loses its power at any
 * step.
 */
export interface Files {
  /** Creates a folder (0700) and those above it; one that exists is fine. */
  readonly makeFolder: (path: string) => Promise<void>;
  /** The names in a folder, in no order. */
  readonly list: (folder: string) => Promise<readonly string[]>;
  /** Creates a file (0600); rejects where the name is taken. */
  readonly create: (path: string) => Promise<NewFile>;
  /** Replaces what has the new name. */
  readonly rename: (from: string, to: string) => Promise<void>;
  /** A file that is not there is fine. */
  readonly remove: (path: string) => Promise<void>;
  /** Waits until the names in a folder are on the disk. */
  readonly syncFolder: (folder: string) => Promise<void>;
  readonly readHead: (path: string, length: number) => Promise<FileHead>;
  readonly read: (path: string) => Promise<Uint8Array>;
  readonly space: (folder: string) => Promise<DiskSpace>;
}
