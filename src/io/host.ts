import { readlink, stat } from 'node:fs';
import { platform } from 'node:os';
import { Observable, defer, of } from 'rxjs';
import { FileError, messageOf } from '../errors.ts';
import type { Host } from '../ports/host.ts';
import { hostFacts } from './host/hostFacts.ts';
import { keptFiles } from './host/keptFiles.ts';
import { processFiles } from './host/processFiles.ts';
import { type Statfs, localSpace } from './host/localSpace.ts';
import { processUsage } from './host/processUsage.ts';
import { remoteSpace } from './host/remoteSpace.ts';

/** The host that this process runs on; `close`, the last call, gives back the files that it keeps open. */
export interface OpenHost extends Host {
  readonly close: () => void;
}

export interface HostOptions {
  /** Replaces the program of the child process for remote mounts, in tests. */
  readonly spaceScript?: string;
  /** Replaces `fs.statfs`, in tests. */
  readonly statfs?: Statfs;
}

/** Threads that hung local mounts may hold before all further ones are asked in the child process too: half the pool. */
const MAX_STUCK = 2;

/**
 * The port `host`: /proc and /sys on kept-open descriptors, statfs(2), and what the operating system says of itself.
 *
 * Only remote mounts (and local ones, once two have hung) spawn a process, at most one at a time.
 */
export function host({ spaceScript, statfs }: HostOptions = {}): OpenHost {
  const files = keptFiles();
  const local = localSpace(statfs);
  const remote = remoteSpace(spaceScript);
  const usage = processUsage();
  const port: OpenHost = {
    platform: platform(),
    read: (paths) =>
      defer(() => {
        const texts = new Map<string, string>();
        for (const path of paths) {
          const text = files.read(path);
          if (text !== undefined) texts.set(path, text);
        }
        return of(texts);
      }),
    processFiles: (names, pids) => defer(() => of(processFiles(names, pids))),
    space: (mount, isRemote) =>
      defer(() => (isRemote || local.stuck() >= MAX_STUCK ? remote.ask(mount) : local.ask(mount))),
    device,
    link,
    facts: () => defer(() => of(hostFacts())),
    process: () => defer(() => of(usage())),
    close: () => files.close(),
  };
  return port;
}

function device(path: string): Observable<number> {
  return new Observable((subscriber) => {
    stat(path, (error, stats) => {
      if (error) {
        subscriber.error(new FileError(`${path}: ${messageOf(error)}`, { cause: error }));
        return;
      }
      subscriber.next(stats.dev);
      subscriber.complete();
    });
  });
}

function link(path: string): Observable<string | null> {
  return new Observable((subscriber) => {
    readlink(path, (error, target) => {
      subscriber.next(error ? null : target);
      subscriber.complete();
    });
  });
}
