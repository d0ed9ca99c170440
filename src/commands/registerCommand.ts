import { type Observable, map, switchMap, tap } from 'rxjs';
import type { Command } from './command.ts';
import { type ExitCode, exitCodes } from '../exitCodes.ts';
import { stateOwner } from '../io/stateOwner.ts';
import { version } from '../schema/version.ts';
import { opened } from './opened.ts';
import { register } from './register.ts';
import type { World } from './world.ts';

/** `register`: obtains an identity and says so on stdout. */
export function registerCommand(
  { config: file, force }: Extract<Command, { is: 'register' }>,
  world: World,
): Observable<ExitCode> {
  return opened(world, file, { backend: true }, ({ local: { config }, ports }) =>
    ports.host.facts().pipe(
      switchMap((facts) =>
        register({
          file,
          config,
          ports,
          owner: stateOwner,
          force,
          hostname: config.collector.hostname ?? facts.hostname,
          version,
        }),
      ),
      tap((line) => world.output.print(line)),
      map(() => exitCodes.ok),
    ),
  );
}
