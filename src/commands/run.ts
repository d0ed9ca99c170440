import { type Observable, endWith, identity, ignoreElements } from 'rxjs';
import type { Command } from './command.ts';
import { type ExitCode, exitCodes } from '../exitCodes.ts';
import { agentRun } from './agentRun.ts';
import { opened } from './opened.ts';
import { shown } from './shown.ts';
import type { World } from './world.ts';

/** `run`: the agent, until it is asked to end; with `--tap` it also shows what flows. */
export function run(
  { config: file, tap }: Extract<Command, { is: 'run' }>,
  world: World,
): Observable<ExitCode> {
  return opened(world, file, { backend: true, spool: 'state' }, (all) =>
    agentRun({
      world,
      file,
      opened: all,
      outlet: 'backend',
      pulledStore: all.ports.pulledStore,
    }).pipe(tap ? shown(tap, world) : identity, ignoreElements(), endWith(exitCodes.ok)),
  );
}
