import { connect } from 'node:net';
import { dirname } from 'node:path';
import { Observable, type Subscription, catchError, map, of, throwError, timeout } from 'rxjs';
import { FileError, messageOf } from '../../errors.ts';
import { stateOwner } from '../stateOwner.ts';
import { pathProblem } from './path.ts';

/** What comes of attaching: nobody listens there, or the lines of who does. */
export type Attached =
  /** `problem`: nobody can listen there. */
  | { readonly is: 'nobody'; readonly problem?: string }
  | { readonly is: 'line'; readonly text: string };

/** How long who listens may take to begin its answer, in ms: a process that is stopped or stuck still takes requests. */
const ANSWER_MS = 30_000;

/**
 * Asks whoever listens on a Unix socket and emits the lines of the answer, until it ends. Emits `nobody` and completes
 * where no process listens. Errors with `FileError` where one may, but this user cannot ask, and where its answer does not
 * begin within 30 s; how long it goes on and rests then does not matter.
 *
 *     takes the request   x-------------
 *     its lines           ---a-b-------c      or none for 30 s
 *     result              ---a-b-------c      ------------------------------#
 */
export function attach(path: string, request: string): Observable<Attached> {
  return linesOf(path, request).pipe(
    timeout({ first: ANSWER_MS, with: () => throwError(() => silent(path)) }),
  );
}

const silent = (path: string): FileError =>
  new FileError(
    `the agent at ${path} has not answered for ${ANSWER_MS / 1000} s: look at its log, or whether its process is stopped`,
  );

function linesOf(path: string, request: string): Observable<Attached> {
  return new Observable((subscriber) => {
    const problem = pathProblem(path);
    if (problem !== undefined) {
      subscriber.next({ is: 'nobody', problem });
      subscriber.complete();
      return undefined;
    }
    const socket = connect(path);
    let rest = '';
    socket.setEncoding('utf8');
    socket.on('connect', () => socket.write(`${request}\n`));
    socket.on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) subscriber.next({ is: 'line', text: line });
    });
    let refused: Subscription | undefined;
    socket.on('close', () => {
      if (!refused) subscriber.complete();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const { code = messageOf(error) } = error;
      const fail = (why: string): void =>
        subscriber.error(new FileError(`cannot attach to the agent at ${path}: ${why}`));
      if (code === 'ENOENT' || code === 'ECONNREFUSED') subscriber.next({ is: 'nobody' });
      else if (code === 'EACCES' || code === 'EPERM')
        refused = whose(path).subscribe({ next: fail, error: () => fail(code) });
      // The agent died: the lines end.
      else if (code !== 'ECONNRESET' && code !== 'EPIPE') fail(code);
    });
    return () => {
      refused?.unsubscribe();
      socket.destroy();
    };
  });
}

/** Who alone may attach, as far as this user can see it. */
function whose(path: string): Observable<string> {
  return stateOwner(dirname(path)).pipe(
    map((owner) => owner?.name),
    catchError(() => of(undefined)),
    map((name) =>
      name === undefined
        ? 'only the user that runs the agent may; run this as that user: sudo -u …'
        : `only ${name} may; run this as that user: sudo -u ${name} …`,
    ),
  );
}
