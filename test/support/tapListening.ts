import { lstat, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Observable, Subscription } from 'rxjs';
import { afterEach, beforeEach, expect } from 'vitest';
import { listen } from '../../src/io/tapSocket/listen.ts';
import type { LazyLine } from '../../src/io/tapSocket/reader.ts';
import { eventually } from './openServer.ts';

export interface TapListening {
  /** A folder of this test. */
  readonly folder: () => string;
  /** The path of the socket, in a folder that is not there yet. */
  readonly path: () => string;
  /** Listens until the test ends; `ended` tells what it ended with otherwise. */
  readonly listening: (
    serve: (request: string) => Observable<LazyLine>,
    options?: { readonly at?: string; readonly whole?: boolean },
  ) => { readonly ended: { error?: unknown }; readonly close: () => void };
  /** Resolves once the socket is there. */
  readonly isThere: () => Promise<unknown>;
}

/** A socket for taps in each test of a file. */
export function tapListening(): TapListening {
  let folder = '';
  const open: Subscription[] = [];
  const path = (): string => join(folder, 'state', 'tap.sock');
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tap-'));
  });
  afterEach(async () => {
    for (const subscription of open.splice(0)) subscription.unsubscribe();
    await rm(folder, { recursive: true });
  });
  return {
    folder: () => folder,
    path,
    listening: (serve, { at = path(), whole = false } = {}) => {
      const ended: { error?: unknown } = {};
      const subscription = listen({
        path: at,
        serve: (request) => ({ lines$: serve(request), whole }),
        skipped: (count) => `skipped ${count}`,
      }).subscribe({ error: (error: unknown) => (ended.error = error) });
      open.push(subscription);
      return { ended, close: () => subscription.unsubscribe() };
    },
    isThere: () =>
      eventually(async () => {
        expect((await lstat(path())).isSocket()).toBe(true);
      }),
  };
}

export const line = (text: string): LazyLine => ({ bytes: text.length, text: () => text });
