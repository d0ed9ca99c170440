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
import type { Entry } from '../schema/journal.ts';
import { agentRun } from './agentRun.ts';
import { type Opened, opened } from './opened.ts';
import type { TapChoice } from './tapChoice.ts';
import { tapServed } from './tapServed.ts';
import type { World } from './world.ts';

/** `run`: the agent, until it is asked to end; with `--tap` it also shows what flows, with `--record` it is recorded. */
export function run(
  { config: file, tap, record }: Extract<Command, { is: 'run' }>,
  world: World,
): Observable<ExitCode> {
  function work(all: Opened): Observable<ExitCode> {
    return agentRun({
      world,
      file,
      opened: all,
      outlet: 'backend',
      pulledStore: all.ports.pulledStore,
    }).pipe(
      tapServed(all.local.config, world),
      tap ? watched(tap, world) : identity,
      ignoreElements(),
      endWith(exitCodes.ok),
    );
  }
  return opened(world, file, { backend: true, spool: 'state' }, (all) =>
    record
      ? defer(() => import('./recorded.ts')).pipe(
          switchMap(({ recorded }) => recorded(record, world, all, work)),
        )
      : work(all),
  );
}

/** Shows what passes. The views are loaded only where they are asked for: they are no small part of the program. */
function watched(tap: TapChoice, world: World): MonoTypeOperatorFunction<Entry> {
  return (source) =>
    defer(() => import('./shown.ts')).pipe(
      switchMap(({ shown }) => source.pipe(shown(tap, world))),
    );
}
