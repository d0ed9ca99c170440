import { appendFileSync, mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { readdir, readlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BehaviorSubject, Subject, type Subscription } from 'rxjs';
import { afterEach, beforeEach, vi } from 'vitest';
import { logs } from '../../src/io/logs.ts';
import type { LogChunk, LogGap, LogMark, LogPlace, RemoteLogFolder } from '../../src/ports/logs.ts';

/** A chunk whose lines are text, one character for each byte. */
export type TextChunk = Omit<LogChunk, 'bytes'> & { readonly text: string };

/** Takes the lines out of the buffer in which they are read. */
export const textChunk = ({ bytes, ...chunk }: LogChunk): TextChunk => ({
  ...chunk,
  text: bytes.toString('latin1'),
});

/** A log that is followed in a test. */
export interface Following {
  readonly chunks: TextChunk[];
  readonly mark$: BehaviorSubject<LogMark | undefined>;
  readonly errors: unknown[];
  readonly text: () => string;
  readonly lines: () => string[];
  readonly gaps: () => LogGap[];
  readonly finish$: Subject<void>;
  readonly completed: () => boolean;
  readonly subscription: Subscription;
}

export interface FollowingOptions {
  readonly mark?: LogMark;
  readonly maxAheadBytes?: number;
  readonly remote?: RemoteLogFolder;
  readonly hurry?: () => void;
}

/** A directory of log files for each test, and how it is followed. */
export function logDirectory() {
  let directory: string;
  let subscriptions: Subscription[] = [];
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'logs-'));
  });
  afterEach(() => {
    for (const subscription of subscriptions) subscription.unsubscribe();
    subscriptions = [];
    rmSync(directory, { recursive: true, force: true });
  });
  const path = (name = ''): string => join(directory, name);
  let clock = 1_700_000_000;
  /** Each change is later than the one before, whatever the granularity of the file system's clock. */
  const touch = (name: string): void => {
    clock += 1;
    utimesSync(path(name), clock, clock);
  };
  const write = (name: string, text: string): void => {
    appendFileSync(path(name), text);
    touch(name);
  };
  const start = (
    place: Partial<LogPlace> = {},
    { mark, maxAheadBytes = 1e9, remote, hurry = () => undefined }: FollowingOptions = {},
  ): Following => {
    const chunks: TextChunk[] = [];
    const errors: unknown[] = [];
    const mark$ = new BehaviorSubject(mark);
    const finish$ = new Subject<void>();
    let completed = false;
    const subscription = logs({ pollMs: 10, remotePollMs: 10, maxAheadBytes, hurry })(
      { directory, suffix: '.log', startAt: 'beginning', ...place },
      mark$,
      { finish$, ...(remote && { remote }) },
    ).subscribe({
      next: (chunk) => chunks.push(textChunk(chunk)),
      error: (error: unknown) => errors.push(error),
      complete: () => (completed = true),
    });
    subscriptions.push(subscription);
    const text = () => chunks.map((chunk) => chunk.text).join('');
    const lines = () => text().split('\n').slice(0, -1);
    const gaps = () => chunks.flatMap(({ gap }) => (gap ? [gap] : []));
    const end = { finish$, completed: () => completed, subscription };
    return { chunks, mark$, errors, text, lines, gaps, ...end };
  };
  /** The files of the directory that this process has open. */
  const openFiles = async (): Promise<string[]> => {
    const descriptors = await readdir('/proc/self/fd');
    const targets = await Promise.all(
      descriptors.map((descriptor) => readlink(`/proc/self/fd/${descriptor}`).catch(() => '')),
    );
    return targets.filter((target) => target.startsWith(directory));
  };
  return { path, touch, write, start, openFiles };
}

/** Waits until a check passes; at most 10 s. */
export const until = (check: () => void) => vi.waitFor(check, { timeout: 10_000, interval: 10 });

/** The mark of one that has handled a chunk. */
export const markBehind = ({ file, fileId, end, modifiedMs, print }: TextChunk): LogMark => ({
  file,
  fileId,
  offset: end,
  modifiedMs,
  anchor: { offset: end, print },
});
