import { randomUUID } from 'node:crypto';
import { type Observable, connect, ignoreElements, merge, of, tap } from 'rxjs';
import type { PulledStore } from '../ports/configFile.ts';
import type { Entry } from '../schema/journal.ts';
import { version } from '../schema/version.ts';
import { registry } from '../sources/registry.ts';
import { type Outlet, agent } from '../streams/agent.ts';
import { config } from '../streams/config.ts';
import { report } from '../streams/report.ts';
import type { Opened } from './opened.ts';
import type { World } from './world.ts';

export interface AgentRunOptions {
  readonly world: World;
  /** The configuration file's path. */
  readonly file: string;
  readonly opened: Opened;
  readonly outlet: Outlet;
  /** Ends it cleanly. Default: when the process is asked to end. */
  readonly stop$?: Observable<void>;
  /** Where the last good pulled configuration is kept. Default: nowhere. */
  readonly pulledStore?: PulledStore;
}

/** They read files, whether the server answers or not. */
const followers = new Set(registry.filter(({ follows }) => follows).map(({ type }) => type));

const nowhere: PulledStore = { load: () => of(null), save: () => of(undefined) };

/**
 * The agent as a command runs it: every plugin, real ports, its log on stderr. Emits the journal's entries, so that the
 * command can show or judge them.
 */
export function agentRun(options: AgentRunOptions): Observable<Entry> {
  const { world, file, opened, outlet, stop$ = world.stop$, pulledStore = nowhere } = options;
  const { ports, rules } = opened;
  return agent({
    ports,
    sources: registry,
    configs: (given) =>
      config({
        ...given,
        file$: ports.configFile.follow(file, world.reload$),
        rules,
        store: pulledStore,
      }),
    outlet,
    stop$,
    reload$: world.reload$,
    version,
    newId: randomUUID,
  }).pipe(
    connect((entries$) =>
      merge(
        entries$.pipe(
          report({ aside: followers }),
          tap((line) => world.log.write(line)),
          ignoreElements(),
        ),
        entries$,
      ),
    ),
  );
}
