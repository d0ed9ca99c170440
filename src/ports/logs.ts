import type { Observable } from 'rxjs';

/** Whole lines of a followed log file. */
export interface LogChunk {
  /** The file's base name. */
  readonly file: string;
  /** Identifies the file beyond its name: device, inode and a fingerprint of its first bytes. */
  readonly fileId: string;
  /** Offset of the first byte of `bytes`; a mark is `{fileId, offset}`. */
  readonly offset: number;
  /** Offset behind the last byte. Data, not derived from `bytes`, so that masking moves no mark. */
  readonly end: number;
  /**
   * Complete lines, each ended by a newline, in whatever encoding the file has. Empty in the chunk that only tells where the
   * following begins, or what is lost.
   *
   * They stand in the buffer that is read into: whoever needs them later than when the chunk comes copies them.
   */
  readonly bytes: Buffer;
  /** Offset of the first byte of each line where they were masked; absent where it follows from `offset`. */
  readonly starts?: readonly number[];
  /** The one line was longer than 10 MiB and lost its end. */
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
