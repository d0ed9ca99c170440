import {
  NEVER,
  type Observable,
  Subject,
  catchError,
  concat,
  defer,
  ignoreElements,
  map,
  merge,
  mergeMap,
  of,
  take,
  takeUntil,
  takeWhile,
  tap,
  throwError,
  timer,
} from 'rxjs';
import { FileError } from '../errors.ts';
import { type ExitCode, exitCodes } from '../exitCodes.ts';
import { attach } from '../io/tapSocket/attach.ts';
import type { Command } from './command.ts';
import { opened } from './opened.ts';
import { recordedLines } from './recordedLines.ts';
import { recordRequest } from './tapRequest.ts';
import { tapSocketOf } from './tapSocketOf.ts';
import type { World } from './world.ts';

/**
 * `--record`: records what comes in at the agent that runs with a configuration, until it is asked to end, `forMs` after the
 * agent has answered, or at the bound. The agent masks what it gives, and does not wait for it.
 *
 * Errors with `FileError` where no agent runs or answers, this user may not attach, the file exists, or the agent died; what
 * came until then is in the file.
 */
export function record(
  { config: file, record: choice, forMs }: Extract<Command, { is: 'record' }>,
  world: World,
): Observable<ExitCode> {
  const { log, stop$ } = world;
  function into(path: string): Observable<ExitCode> {
    return defer(() => {
      const lines = recordedLines(choice, { path, log });
      let asked = false;
      const answered$ = new Subject<void>();
      const over$ = answered$.pipe(
        take(1),
        mergeMap(() => (forMs === null ? NEVER : timer(forMs))),
      );
      const end$ = merge(stop$, over$).pipe(tap(() => (asked = true)));
      const written$ = attach(path, recordRequest(choice.maxBytes)).pipe(
        map((found) => {
          if (found.is === 'line') {
            answered$.next();
            return lines.take(found.text);
          }
          if (found.problem !== undefined) throw new FileError(found.problem);
          throw new FileError(
            `no agent answers at ${path}; this starts one and records it: run --record ${choice.file}`,
          );
        }),
        takeWhile((goesOn) => goesOn),
        ignoreElements(),
        takeUntil(end$),
      );
      const closed$ = defer(lines.close).pipe(ignoreElements());
      function failed(error: unknown): Observable<never> {
        return concat(
          closed$,
          defer(() => {
            throw error;
          }),
        );
      }
      const outcome$ = defer(() => {
        if (asked || lines.isOver()) return of(exitCodes.ok);
        return throwError(
          () => new FileError('the agent is gone; what it gave until then is recorded'),
        );
      });
      return concat(written$.pipe(catchError(failed)), closed$, outcome$);
    });
  }
  return opened(world, file, { backend: false }, ({ local: { config } }) =>
    of(tapSocketOf(config)),
  ).pipe(mergeMap(into));
}
