import { type Observable, ReplaySubject, defer, filter, last, map, merge, take } from 'rxjs';
import type { Command } from './command.ts';
import { type ExitCode, exitCodes } from '../exitCodes.ts';
import { registry } from '../sources/registry.ts';
import { lostOf } from '../streams/books.ts';
import { everyUnit, polledUnits } from '../streams/everyUnit.ts';
import { agentRun } from './agentRun.ts';
import { opened } from './opened.ts';
import type { World } from './world.ts';

/** A source that has not answered by then is not waited for any longer. */
const WITHIN_MS = 30_000;

/**
 * `--once`: reads every enabled source, delivers, ends; with `--dry-run` prints each push body on stdout instead. Fails
 * where something that was read could not be delivered.
 */
export function once(
  { config: file, dryRun }: Extract<Command, { is: 'once' }>,
  world: World,
): Observable<ExitCode> {
  return opened(world, file, { backend: !dryRun }, (all) =>
    defer(() => {
      const done$ = new ReplaySubject<void>(1);
      return agentRun({
        world,
        file,
        opened: all,
        outlet: dryRun ? { write: (body) => world.output.print(body) } : 'backend',
        stop$: merge(world.stop$, done$).pipe(take(1)),
      }).pipe(
        everyUnit(polledUnits(registry, all.local.config), WITHIN_MS, () => done$.next()),
        filter((entry) => entry.at === 'ended'),
        map(({ books }) => lostOf(books)),
        last(null, 0),
        map((lost) => (lost > 0 ? exitCodes.failure : exitCodes.ok)),
      );
    }),
  );
}
