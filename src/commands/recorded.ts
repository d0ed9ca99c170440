import { type Observable, concat, defer, ignoreElements, switchMap, takeWhile } from 'rxjs';
import { beside } from '../operators/beside.ts';
import type { Opened } from './opened.ts';
import type { RecordChoice } from './recordChoice.ts';
import { type Recordable, recordable } from './recordable.ts';
import { recordingTo } from './recordingTo.ts';
import type { World } from './world.ts';

/**
 * Works with ports that are recorded into a file while it does, and closes the file afterwards. Errors with `FileError`
 * where the file exists or cannot be created; where it cannot be written later, that is said and the work goes on.
 *
 * @param able the ports, where they can be recorded already
 */
export function recorded<T>(
  choice: RecordChoice,
  world: Pick<World, 'log' | 'stop$' | 'reload$' | 'environment'>,
  opened: Opened,
  work: (opened: Opened) => Observable<T>,
  able: Recordable = recordable(opened, world),
): Observable<T> {
  return able.begin(choice).pipe(
    switchMap(({ header, records$ }) =>
      defer(() => {
        const file = recordingTo(choice, world, Date.parse(header.startedAt));
        file.write(JSON.stringify(header));
        const written$ = records$.pipe(takeWhile(({ make }) => file.write(JSON.stringify(make()))));
        const closed$ = defer(() => file.close()).pipe(ignoreElements());
        return concat(able.heard(work(able.opened)).pipe(beside(written$)), closed$);
      }),
    ),
  );
}
