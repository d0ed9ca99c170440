import { type Observable, endWith, filter, ignoreElements } from 'rxjs';
import type { Command } from './command.ts';
import { type ExitCode, exitCodes } from '../exitCodes.ts';
import { agentRun } from './agentRun.ts';
import { opened } from './opened.ts';
import { shown } from './shown.ts';
import type { World } from './world.ts';

/** `--tap`: reads everything that is configured and shows it; needs no backend and never delivers. */
export function tap(
  { config: file, tap: choice }: Extract<Command, { is: 'tap' }>,
  world: World,
): Observable<ExitCode> {
  return opened(world, file, { backend: false }, (all) => {
    const message = 'reads by itself and shows what it reads; nothing is delivered';
    world.log.write({ level: 'info', unit: 'tap', message });
    return agentRun({
      world,
      file,
      opened: all,
      outlet: { write: () => undefined },
    }).pipe(
      filter(({ at }) => at !== 'acked'),
      shown(choice, world),
      ignoreElements(),
      endWith(exitCodes.ok),
    );
  });
}
