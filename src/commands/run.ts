import {
  type MonoTypeOperatorFunction,
  type Observable,
  defer,
  endWith,
  identity,
  ignoreElements,
  switchMap,
} from 'rxjs';
import type { Command } from './command.ts';
import { type ExitCode, exitCodes } from '../exitCodes.ts';
import { enginePace } from '../io/enginePace.ts';
import { runsAsRoot } from '../io/runsAsRoot.ts';
import { stateFolder } from '../io/stateFolder.ts';
import type { Entry } from '../schema/journal.ts';
import { agentRun } from './agentRun.ts';
import { type Opened, opened } from './opened.ts';
import { reach } from './reach.ts';
import type { RecordChoice } from './recordChoice.ts';
import { recordable } from './recordable.ts';
import type { TapChoice } from './tapChoice.ts';
import { tapServed } from './tapServed.ts';
import type { World } from './world.ts';

/** `run`: the agent, until it is asked to end; with `--tap` it also shows what flows, with `--record` it is recorded. */
export function run(
  { config: file, tap, record }: Extract<Command, { is: 'run' }>,
  world: World,
): Observable<ExitCode> {
  enginePace.thrift();
  return opened(world, file, { backend: true, spool: 'state' }, (all) => {
    const able = recordable(all, world);
    function work(within: Opened): Observable<ExitCode> {
      const { ports, local } = within;
      const reached = reach();
      return agentRun({
        world,
        file,
        opened: { ...within, ports: { ...ports, spool: reached.spool(ports.spool) } },
        outlet: 'backend',
        pulledStore: ports.pulledStore,
      }).pipe(
        reached.heard,
        tapServed({ config: local.config, log: world.log, able, reach: reached }),
        tap ? watched(tap, world) : identity,
        ignoreElements(),
        endWith(exitCodes.ok),
      );
    }
    function recording(choice: RecordChoice): Observable<ExitCode> {
      return defer(() => import('./recorded.ts')).pipe(
        switchMap(({ recorded }) => recorded(choice, world, all, work, able)),
      );
    }
    if (runsAsRoot()) world.log.write({ level: 'warn', unit: 'agent', message: asRoot });
    const { tap: taps, collector } = all.local.config;
    const run$ = record
      ? recording(record)
      : able.heard(defer(() => work(taps.enabled ? able.opened : all)));
    return stateFolder(collector.state_dir).pipe(switchMap(() => run$));
  });
}

const asRoot =
  'runs as root, which it does not need: give it a user of its own, with the group adm or that of the server to read logs, ' +
  'and that user the state directory';

/** Shows what passes. The views are loaded only where they are asked for: they are no small part of the program. */
function watched(tap: TapChoice, world: World): MonoTypeOperatorFunction<Entry> {
  return (source) =>
    defer(() => import('./shown.ts')).pipe(
      switchMap(({ shown }) => source.pipe(shown(tap, world))),
    );
}
