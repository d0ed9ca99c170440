import { Value } from '@sinclair/typebox/value';
import { NEVER, type Observable, concat, of } from 'rxjs';
import type { Host } from '../../src/ports/host.ts';
import { emptyActivity } from '../../src/schema/activity.ts';
import { emptyBooks } from '../../src/schema/books.ts';
import type { SectionSettings } from '../../src/schema/config.ts';
import type { HostContext, Reports as SourceReports, Source } from '../../src/sources/source.ts';

/** A value at once, and then none: how a setting looks that nobody changes. */
export function held<T>(value: T): Observable<T> {
  return concat(of(value), NEVER);
}

/** The section's defaults, with what a test sets. */
export const settingsOf = (
  source: Source,
  set: Readonly<Record<string, unknown>> = {},
): SectionSettings => Value.Default(source.settings, { ...set }) as SectionSettings;

/** What a test sees of its source beside the samples. */
export interface Reports {
  readonly troubles: unknown[];
  readonly skips: number[];
  readonly notices: string[];
}

/** A context in which nothing happens: each test replaces what it is about. */
export function hostContext(
  source: Source,
  set: Partial<HostContext<unknown>> & {
    readonly settings?: Readonly<Record<string, unknown>>;
  } = {},
): HostContext<never> & Reports {
  const troubles: unknown[] = [];
  const skips: number[] = [];
  const notices: string[] = [];
  const { settings, ...rest } = set;
  const reports: SourceReports = {
    trouble: (error) => troubles.push(error),
    notice: (message) => notices.push(message),
    polled: () => undefined,
    skipped: (ticks) => skips.push(ticks),
  };
  const context: HostContext<never> & Reports = {
    settings$: held(settingsOf(source, settings)) as Observable<never>,
    privacy$: held({ redact: 'default' as const }),
    stop$: NEVER,
    durable$: held(undefined),
    books$: held(emptyBooks),
    activity$: held(emptyActivity),
    servers$: held([]),
    host: fakeHost({}),
    logs: () => NEVER,
    hostname: 'db1',
    phase: 0,
    random: Math.random,
    ...reports,
    part: () => context,
    ...(rest as Partial<HostContext<never>>),
    troubles,
    skips,
    notices,
  };
  return context;
}

/** A Linux host on which nothing answers, but for what a test gives. */
export function fakeHost(answers: Partial<Host>): Host {
  const host: Host = {
    platform: 'linux',
    read: () => NEVER,
    processFiles: () => NEVER,
    space: () => NEVER,
    device: () => NEVER,
    link: () => of(null),
    facts: () => NEVER,
    process: () => NEVER,
    ...answers,
  };
  return host;
}

/** `read` over the texts of some files. */
export function filesOf(texts: Readonly<Record<string, string>>): Host['read'] {
  return (paths) =>
    of(new Map(paths.flatMap((path) => (path in texts ? [[path, texts[path] ?? '']] : []))));
}
