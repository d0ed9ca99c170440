import { type Observable, map, tap, toArray, using } from 'rxjs';
import type { Command } from './command.ts';
import type { ExitCode } from '../exitCodes.ts';
import { certificateWarnings } from '../io/certificateWarnings.ts';
import { configFile } from '../io/config/configFile.ts';
import { type OpenPorts, openPorts } from '../io/ports.ts';
import { stateOwner } from '../io/stateOwner.ts';
import { version } from '../schema/version.ts';
import { loadConfig } from '../streams/config/loadConfig.ts';
import { check, checkExitCode } from './check.ts';
import { showFinding } from './check/showFinding.ts';
import { rulesFor } from './opened.ts';
import type { World } from './world.ts';

/** `check`: every finding on stdout as it comes; fails where one of them is a problem. */
export function checkCommand(
  { config: file }: Extract<Command, { is: 'check' }>,
  world: World,
): Observable<ExitCode> {
  const { output, environment } = world;
  const colour = output.isTerminal && !environment['NO_COLOR'];
  const open: OpenPorts[] = [];
  return using(
    () => ({ unsubscribe: () => open.forEach((ports) => ports.close()) }),
    () =>
      check({
        file,
        local$: loadConfig(configFile, file, rulesFor(world, { backend: false })),
        ports: ({ collector }) => {
          const ports = openPorts({ stateDir: collector.state_dir, onWarning: () => undefined });
          open.push(ports);
          return ports;
        },
        certificates: certificateWarnings,
        owner: stateOwner,
        version,
      }),
  ).pipe(
    tap((finding) => output.print(showFinding(finding, colour))),
    toArray(),
    map(checkExitCode),
  );
}
