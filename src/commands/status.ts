import { type Observable, map, switchMap } from 'rxjs';
import { type ExitCode, exitCodes } from '../exitCodes.ts';
import { stateOwner } from '../io/stateOwner.ts';
import { style } from '../tap/style.ts';
import type { Command } from './command.ts';
import { opened } from './opened.ts';
import { ownerOnly } from './ownerOnly.ts';
import { findStatus } from './status/findStatus.ts';
import { showStatus } from './status/showStatus.ts';
import type { World } from './world.ts';

/**
 * `status`: how the collector does, in words or as JSON. Fails where no agent runs, so that a script can tell. Errors with
 * `FileError` where the state directory is another user's.
 */
export function status(
  { config: file, json }: Extract<Command, { is: 'status' }>,
  world: World,
): Observable<ExitCode> {
  const { output, environment } = world;
  const colour = output.isTerminal && !environment['NO_COLOR'];
  return opened(world, file, { backend: false }, ({ local: { config }, ports }) =>
    ownerOnly('status', file, config.collector.state_dir, stateOwner).pipe(
      switchMap(() => findStatus(config, ports)),
      map((report) => {
        output.print(json ? JSON.stringify(report, null, 2) : showStatus(report, style(colour)));
        return report.agent === null && report.running === null ? exitCodes.failure : exitCodes.ok;
      }),
    ),
  );
}
