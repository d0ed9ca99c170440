import { type Observable, concat, defer, mergeMap, of, take, throwError } from 'rxjs';
import { FileError } from '../errors.ts';
import { attach } from '../io/tapSocket/attach.ts';
import { printable } from '../schema/printable.ts';
import { readWire } from '../tap/wire.ts';

/**
 * Asks the agent at a socket, and emits its one answer; null where no agent listens there. Errors with `FileError` where
 * this user may not ask, or the agent cannot answer.
 */
export function ask<T>(path: string, request: string): Observable<T | null> {
  const gone$ = throwError(() => new FileError('the agent ended before it answered'));
  return concat(
    attach(path, request),
    defer(() => gone$),
  ).pipe(
    take(1),
    mergeMap((found) => {
      if (found.is === 'nobody') return of(null);
      const wire = readWire(found.text);
      if ('answer' in wire) return of(wire.answer as T);
      const why = 'problem' in wire ? printable(wire.problem) : 'it says something else';
      return throwError(() => new FileError(`the agent at ${path} cannot answer: ${why}`));
    }),
  );
}
