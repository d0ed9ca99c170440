import { type Observable, filter, map } from 'rxjs';
import type { Command } from './command.ts';
import { type ExitCode, exitCodes } from '../exitCodes.ts';
import type { Entry } from '../schema/journal.ts';
import { agentRun } from './agentRun.ts';
import { opened } from './opened.ts';
import { display, picked } from './shown.ts';
import type { TapChoice } from './tapChoice.ts';
import type { World } from './world.ts';

/** `--tap`: reads everything that is configured and shows it; needs no backend and never delivers. */
export function tap(
  { config: file, tap: choice }: Extract<Command, { is: 'tap' }>,
  world: World,
): Observable<ExitCode> {
  return opened(world, file, { backend: false }, (all) => {
    const message = 'reads by itself and shows what it reads; nothing is delivered';
    world.log.write({ level: 'info', unit: 'tap', message });
    return agentRun({ world, file, opened: all, outlet: { write: () => undefined } }).pipe(
      // Nothing is delivered, so nothing of it is shown.
      filter(({ at }) => !onTheWay.has(at)),
      picked(choice, world),
      display(choice, world),
      map((count) => judged(count, choice, world)),
    );
  });
}

const onTheWay: ReadonlySet<Entry['at']> = new Set(['batched', 'spooled', 'sent', 'acked']);

/** Whether a tap found what it was to find; says so where it showed nothing at all. */
function judged(count: number, choice: TapChoice, { log }: World): ExitCode {
  if (count === 0) log.write({ level: 'warn', unit: 'tap', message: 'nothing was selected' });
  return choice.expect && count === 0 ? exitCodes.failure : exitCodes.ok;
}
