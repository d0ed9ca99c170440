/** A file that may be a log, as its directory shows it. */
export interface LogFile {
  readonly name: string;
  /** Tells it from others whatever its name: device and inode; on another host, where there are none, its name. */
  readonly identity: string;
  readonly size: number;
  readonly modifiedMs: number;
  /** When it was made, ms since 1970; 0 where the file system does not know. */
  readonly bornMs: number;
  /** The server says that it writes this one now. */
  readonly current?: true;
}

/** A log file that is open for reading. */
export interface OpenLog {
  readonly file: LogFile;
  /** Fills the buffers one after the other with what stands at `position`. */
  readonly readv: (
    buffers: readonly Uint8Array[],
    position: number,
  ) => Promise<{ readonly bytesRead: number }>;
  /** The file as it is now. */
  readonly look: () => Promise<LogFile>;
  readonly close: () => Promise<void>;
}

/** A directory that holds logs. */
export interface LogFolder {
  /** The files whose names `fits` says yes to, and the one that is written now, oldest first. Errors with `FileError`. */
  readonly list: (fits: (name: string) => boolean) => Promise<readonly LogFile[]>;
  /** Whether files may have come or gone since the last listing, or the server writes another one now. */
  readonly changed: () => Promise<boolean>;
  /** Undefined where the file is gone. Errors with `FileError`. */
  readonly open: (file: LogFile) => Promise<OpenLog | undefined>;
  /** How long to wait between two pieces of a file, in ms: so as not to burden whoever reads it for us. */
  readonly restMs: number;
}

type Age = Pick<LogFile, 'modifiedMs' | 'bornMs' | 'name'>;

/** Older first; files of one instant by birth and name, which often has the time in it. */
export const byAge = (a: Age, b: Age): number =>
  a.modifiedMs - b.modifiedMs || a.bornMs - b.bornMs || (a.name < b.name ? -1 : 1);
