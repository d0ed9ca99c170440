import { type Observable, concatMap, map } from 'rxjs';
import { UnavailableError } from '../../errors.ts';
import type { Host } from '../../ports/host.ts';
import { type ProcPid, lineOf, procPid } from './procPid.ts';

/** A process of the server, with what only its owner and root may see. Cumulative since its start; null: not to be seen. */
export interface ServerProcess extends ProcPid {
  readonly residentBytes: number | null;
  readonly anonymousBytes: number | null;
  readonly sharedBytes: number | null;
  readonly swapBytes: number | null;
  readonly readBytes: number | null;
  readonly writeBytes: number | null;
}

/** One look at the processes of the host. */
export interface Look {
  /** Seconds since boot: a clock that nobody sets. */
  readonly uptime: number;
  /** Of a page of memory. */
  readonly pageBytes: number;
  readonly server: readonly ServerProcess[];
  /** All other processes. */
  readonly others: readonly ProcPid[];
}

/** Processes of the server whose memory and I/O are read, those with most memory first. */
const MAX_DETAILS = 1_000;
/** How far the start of a process and what the server says of it may lie apart, in s. */
const TOLERANCE_S = 60;

/** The agent's own session, by which the server's processes are known. */
export interface OwnSession {
  readonly pid: number;
  /** `backend_start`, ms since 1970. */
  readonly startedAt: number;
}

/**
 * Looks at all processes. The server's are the postmaster, which is the parent of the agent's own session, and its children.
 * Errors with `UnavailableError` where that session is not among the processes: another host, or a container.
 */
export function look(host: Host, own: OwnSession): Observable<Look> {
  return host.processFiles(['stat']).pipe(
    concatMap((stats) => {
      const all = [...stats.values()].flatMap((text) => procPid(text) ?? []);
      return host.read(['/proc/stat', '/proc/uptime']).pipe(
        concatMap((texts) => {
          const uptime = Number.parseFloat(texts.get('/proc/uptime') ?? '');
          const boot = Number(/^btime (\d+)/m.exec(texts.get('/proc/stat') ?? '')?.[1]);
          const postmaster = parentOf(all, own, boot);
          const isServer = (each: ProcPid): boolean =>
            each.pid === postmaster || each.parent === postmaster;
          const server = all.filter(isServer).sort((a, b) => b.pages - a.pages);
          const pids = server.slice(0, MAX_DETAILS).map(({ pid }) => pid);
          return host.processFiles(['status', 'io'], pids).pipe(
            map((details) => ({
              uptime,
              pageBytes: pageBytesOf(server, details),
              server: server.map((each) => withDetails(each, details)),
              others: all.filter((each) => !isServer(each)),
            })),
          );
        }),
      );
    }),
  );
}

function parentOf(all: readonly ProcPid[], { pid, startedAt }: OwnSession, boot: number): number {
  const own = all.find((each) => each.pid === pid);
  const apart = own ? Math.abs(boot + own.startTicks / 100 - startedAt / 1000) : Infinity;
  if (!own || !(apart < TOLERANCE_S)) {
    throw new UnavailableError(
      'not available: the processes of the server are not to be seen in /proc (a container, or a pooler on this host)',
    );
  }
  return own.parent;
}

function withDetails(process: ProcPid, details: ReadonlyMap<string, string>): ServerProcess {
  const status = details.get(`${process.pid}/status`);
  const io = details.get(`${process.pid}/io`);
  return Object.assign(process, {
    residentBytes: lineOf(status, 'VmRSS'),
    anonymousBytes: lineOf(status, 'RssAnon'),
    sharedBytes: lineOf(status, 'RssShmem'),
    swapBytes: lineOf(status, 'VmSwap'),
    readBytes: lineOf(io, 'read_bytes'),
    writeBytes: lineOf(io, 'write_bytes'),
  });
}

/** The kernel tells the resident memory of a process in pages and, elsewhere, in bytes. Default: 4096. */
function pageBytesOf(server: readonly ProcPid[], details: ReadonlyMap<string, string>): number {
  const [largest] = server;
  const bytes = largest && lineOf(details.get(`${largest.pid}/status`), 'VmRSS');
  return bytes && largest.pages > 0 ? 2 ** Math.round(Math.log2(bytes / largest.pages)) : 4096;
}
