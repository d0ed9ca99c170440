import { EMPTY, type Observable, concat, defer, mergeMap, of, throwError } from 'rxjs';
import { FileError, UsageError } from '../errors.ts';
import { attach } from '../io/tapSocket/attach.ts';
import { printable } from '../schema/printable.ts';
import type { Selection } from '../tap/selection.ts';
import type { Tapped } from '../tap/view.ts';
import { readWire } from '../tap/wire.ts';
import type { World } from './world.ts';

/**
 * What the agent at a socket lets a tap see; `otherwise` where no agent listens there. Says on stderr which of the two it
 * is, and what was skipped. Errors with `FileError` where this user may not attach, or the agent does not
 * answer or died.
 */
export function attachedTap(
  path: string,
  selection: Selection,
  { log, output }: World,
  otherwise: Observable<Tapped>,
): Observable<Tapped> {
  const say = (level: 'info' | 'warn', message: string): void =>
    log.write({ level, unit: 'tap', message });
  return defer(() => {
    let attached = false;
    let ended = false;
    function read(text: string): Observable<Tapped> {
      const wire = readWire(text);
      if ('tapped' in wire) return of(wire.tapped);
      if ('problem' in wire) return throwError(() => new UsageError(wire.problem));
      if ('end' in wire) ended = true;
      else if ('skipped' in wire) output.skipped?.(wire.skipped);
      else if ('hello' in wire) {
        attached = true;
        say(
          'info',
          `attached to the agent at ${path} (pid ${wire.pid}, ${printable(wire.version)})`,
        );
      }
      return EMPTY;
    }
    const answer$ = attach(path, JSON.stringify(selection)).pipe(
      mergeMap((found) => {
        if (found.is === 'line') return read(found.text);
        if (found.problem !== undefined) say('warn', `no tap can attach: ${found.problem}`);
        return otherwise;
      }),
    );
    const gone$ = defer(() => {
      if (!attached) return EMPTY;
      if (!ended)
        return throwError(
          () => new FileError('the agent is gone: it was killed or it closed the connection'),
        );
      say('info', 'the agent has ended, or all was shown');
      return EMPTY;
    });
    return concat(answer$, gone$);
  });
}
