import {
  type Observable,
  catchError,
  concat,
  defer,
  ignoreElements,
  map,
  of,
  switchMap,
} from 'rxjs';
import { codeOf, ConfigError, messageOf } from '../../errors.ts';
import type {
  ConfigText,
  ConfigUnreadable,
  PulledStore,
  PulledText,
} from '../../ports/configFile.ts';
import type { Config } from '../../schema/config.ts';
import { describeDifference, differences } from '../../schema/config/differences.ts';
import { holdRestart } from '../../schema/config/holdRestart.ts';
import { reuse } from '../../schema/config/reuse.ts';
import { isSecret } from '../../schema/config/secretPaths.ts';
import type { Entry } from '../../schema/journal.ts';
import { type ConfigRules, type LocalConfig, localConfig } from './localConfig.ts';
import { overlaidConfig } from './overlaidConfig.ts';

/** Where the configuration stands. */
export interface ConfigState {
  readonly local: LocalConfig | null;
  /** The newest pulled text, accepted or not. */
  readonly pulled: PulledText | null;
  /** The last pulled text that was accepted. */
  readonly accepted: PulledText | null;
  /** What is in force. */
  readonly config: Config | null;
  /** Whether the newest candidate was refused. */
  readonly troubled: boolean;
}

/** What may change it. */
export type ConfigEvent =
  | { readonly is: 'file'; readonly reading: ConfigText | ConfigUnreadable }
  | { readonly is: 'pulled'; readonly pulled: PulledText | null };

export interface ConfigSurroundings {
  readonly rules: ConfigRules;
  readonly store: PulledStore;
  readonly note: (entry: Entry) => void;
}

type Origin = Extract<Entry, { at: 'config' }>['origin'];

/**
 * Emits the state after an event. A candidate that cannot be used is reported and leaves what is in force; only the
 * first local file errors, with its `ConfigError`.
 */
export function nextState(
  state: ConfigState,
  event: ConfigEvent,
  around: ConfigSurroundings,
): Observable<ConfigState> {
  if (event.is === 'pulled') {
    if (state.local === null) return of({ ...state, pulled: event.pulled });
    return apply({ ...state, pulled: event.pulled }, state.local, 'pull', around);
  }
  const { reading } = event;
  if ('problem' in reading) {
    const message = `${reading.problem}; what was in force stays`;
    around.note({ at: 'trouble', unit: 'config', code: 'ERR_FILE', message });
    return of({ ...state, troubled: true });
  }
  return localConfig(reading, around.rules).pipe(
    switchMap((local) => apply(state, local, reading.origin, around)),
    catchError((error: unknown) => {
      if (state.config === null) throw error;
      refused(error, around);
      return of({ ...state, troubled: true });
    }),
  );
}

/** The state with this local file and the best pulled text that fits it. */
function apply(
  state: ConfigState,
  local: LocalConfig,
  origin: Origin,
  around: ConfigSurroundings,
): Observable<ConfigState> {
  const candidates = local.config.backend.config_pull ? texts(state) : [];
  return best(local, candidates, around).pipe(
    switchMap(({ config: candidate, accepted, troubled }) => {
      const next = { ...state, local, accepted, troubled };
      const config = inForce(state, next, candidate, origin, around);
      if (state.troubled && !troubled) around.note({ at: 'settled', unit: 'config' });
      const after$ = of({ ...next, config });
      const keep = local.config.backend.config_pull && accepted !== state.accepted;
      return keep ? concat(after$, saved(accepted, around)) : after$;
    }),
  );
}

/** Newest first; the last accepted one is the way back. No text was pulled, or it was withdrawn: none. */
const texts = ({ pulled, accepted }: ConfigState): readonly PulledText[] =>
  pulled === null ? [] : accepted === null || accepted === pulled ? [pulled] : [pulled, accepted];

interface Best {
  readonly config: Config;
  readonly accepted: PulledText | null;
  readonly troubled: boolean;
}

/** The first pulled text that can be laid over the local file; each that cannot is reported. */
function best(
  local: LocalConfig,
  [first, ...others]: readonly PulledText[],
  around: ConfigSurroundings,
): Observable<Best> {
  if (!first) return of({ config: local.config, accepted: null, troubled: false });
  return overlaidConfig(local, first, around.rules).pipe(
    map(({ config, overruled }) => {
      for (const message of overruled) around.note({ at: 'notice', unit: 'config', message });
      return { config, accepted: first, troubled: false };
    }),
    catchError((error: unknown) => {
      refused(error, around);
      return best(local, others, around).pipe(map((next) => ({ ...next, troubled: true })));
    }),
  );
}

/** What takes effect of a candidate, said in the journal. Parts that did not change keep their identity. */
function inForce(
  { config: before, local: localBefore }: ConfigState,
  { local, accepted }: ConfigState,
  candidate: Config,
  origin: Origin,
  { rules: { compiled }, note }: ConfigSurroundings,
): Config {
  for (const message of local?.warnings ?? []) {
    if (!localBefore?.warnings.includes(message)) note({ at: 'notice', unit: 'config', message });
  }
  const version = accepted?.version ?? null;
  if (before === null) {
    note({ at: 'config', origin, version, changed: [] });
    return candidate;
  }
  const secrets = new Set([...(localBefore?.secrets ?? []), ...(local?.secrets ?? [])]);
  const changed = differences(before, candidate, compiled.schema);
  for (const { name, restart } of changed) {
    if (!restart) continue;
    note({ at: 'notice', unit: 'config', message: `${name} takes effect at restart` });
  }
  const config = reuse(before, holdRestart(candidate, changed));
  if (config === before) return before;
  const said = changed
    .filter(({ restart }) => !restart)
    .map((each) => describeDifference(each, isSecret(each.path, compiled.schema, secrets)));
  note({ at: 'config', origin, version, changed: said });
  return config;
}

/** Keeps the accepted text for the next start; a failure is reported and harms nothing else. */
function saved(
  accepted: PulledText | null,
  { store, note }: ConfigSurroundings,
): Observable<never> {
  return defer(() => store.save(accepted)).pipe(
    catchError((error: unknown) => {
      note({ at: 'trouble', unit: 'config', code: codeOf(error), message: messageOf(error) });
      return of(undefined);
    }),
    ignoreElements(),
  );
}

/** Reports a candidate that cannot be used, with all its problems. */
function refused(error: unknown, { note }: ConfigSurroundings): void {
  const problems = error instanceof ConfigError ? error.problems : [messageOf(error)];
  const message = ['refused; what was in force stays', ...problems].join('\n');
  note({ at: 'trouble', unit: 'config', code: codeOf(error), message });
}
