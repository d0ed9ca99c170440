import type { Observable } from 'rxjs';

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
