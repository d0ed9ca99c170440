import { type Observable, endWith, identity, ignoreElements } from 'rxjs';
import type { Command } from './command.ts';
import { type ExitCode, exitCodes } from '../exitCodes.ts';
import { agentRun } from './agentRun.ts';
import { type Opened, opened } from './opened.ts';
import { recorded } from './recorded.ts';
import { shown } from './shown.ts';
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
      tap ? shown(tap, world) : identity,
      ignoreElements(),
      endWith(exitCodes.ok),
    );
  }
  return opened(world, file, { backend: true, spool: 'state' }, (all) =>
    record ? recorded(record, world, all, work) : work(all),
  );
}
