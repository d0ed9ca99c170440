import { Value } from '@sinclair/typebox/value';
import { NEVER, type Observable, concat, of } from 'rxjs';
import type { Host } from '../../src/ports.ts';
import { emptyActivity } from '../../src/schema/activity.ts';
import { emptyBooks } from '../../src/schema/books.ts';
import type { Privacy, SectionSettings } from '../../src/schema/config.ts';
import type { Context, Source } from '../../src/sources/source.ts';

/** A value at once, and then none: how a setting looks that nobody changes. */
export const held = <T>(value: T): Observable<T> => concat(of(value), NEVER);

/** The section's defaults, with what a test sets. */
export const settingsOf = (
  source: Source,
  set: Readonly<Record<string, unknown>> = {},
): SectionSettings => Value.Default(source.settings, { ...set }) as SectionSettings;

/** What a test sees of its source beside the samples. */
export interface Reports {
  readonly troubles: unknown[];
  readonly skips: number[];
}

/** A context in which nothing happens: each test replaces what it is about. */
export function hostContext<S>(
  source: Source,
  set: Partial<Context<S>> & { readonly settings?: Readonly<Record<string, unknown>> } = {},
): Context<never> & Reports {
  const troubles: unknown[] = [];
  const skips: number[] = [];
  const { settings, ...rest } = set;
  return {
    settings$: held(settingsOf(source, settings)) as Observable<never>,
    privacy$: held({ redact: true } as Privacy),
    stop$: NEVER,
    durable$: held(undefined),
    books$: held(emptyBooks),
    activity$: held(emptyActivity),
    host: fakeHost({}),
    logs: () => NEVER,
    hostname: 'db1',
    phase: 0,
    trouble: (error) => troubles.push(error),
    skipped: (ticks) => skips.push(ticks),
    ...(rest as object),
    troubles,
    skips,
  };
}

/** A Linux host on which nothing answers, but for what a test gives. */
export const fakeHost = (answers: Partial<Host>): Host => ({
  platform: 'linux',
  read: () => NEVER,
  space: () => NEVER,
  device: () => NEVER,
  facts: () => NEVER,
  process: () => NEVER,
  ...answers,
});

/** `read` over the texts of some files. */
export const filesOf =
  (texts: Readonly<Record<string, string>>): Host['read'] =>
  (paths) =>
    of(new Map(paths.flatMap((path) => (path in texts ? [[path, texts[path] ?? '']] : []))));
