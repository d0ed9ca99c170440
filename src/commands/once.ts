import { type Observable, ReplaySubject, defer, filter, last, map, merge, take, tap } from 'rxjs';
import type { Metric } from '../schema/metric.ts';
import type { Command } from './command.ts';
import { type ExitCode, exitCodes } from '../exitCodes.ts';
import { registry } from '../sources/registry.ts';
import { lostOf } from '../streams/journal/books.ts';
import { everyUnit, polledUnits } from '../streams/collect/everyUnit.ts';
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
        tap((entry) => {
          if (dryRun && entry.at === 'source' && entry.metric.type === 'custom') {
            world.log.write({ level: 'info', unit: entry.unit, message: costOf(entry.metric) });
          }
        }),
        filter((entry) => entry.at === 'ended'),
        map(({ books }) => lostOf(books)),
        last(null, 0),
        map((lost) => (lost > 0 ? exitCodes.failure : exitCodes.ok)),
      );
    }),
  );
}

/** What a custom query was expected to cost, and what it did. */
function costOf(metric: Metric): string {
  const shown = (field: string): string => JSON.stringify(metric[field] ?? 'unknown');
  return (
    `in ${shown('database')}: planned cost ${shown('plan_cost')} for ${shown('plan_rows')} rows; ` +
    `took ${shown('took_ms')} ms for ${shown('rows_total')} rows`
  );
}
