import { connect } from 'node:net';
import { Observable } from 'rxjs';
import { FileError, messageOf } from '../../errors.ts';
import { pathProblem } from './path.ts';

/** What comes of attaching: nobody listens there, or the lines of who does. */
export type Attached = { readonly is: 'nobody' } | { readonly is: 'line'; readonly text: string };

/**
 * Asks whoever listens on a Unix socket and emits the lines of the answer, until it ends. Emits `nobody` and completes
 * where no process listens. Errors with `FileError` where one may, but this user cannot ask.
 */
export function attach(path: string, request: string): Observable<Attached> {
  return new Observable((subscriber) => {
    if (pathProblem(path) !== undefined) {
      subscriber.next({ is: 'nobody' });
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
    socket.on('close', () => subscriber.complete());
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const { code = messageOf(error) } = error;
      if (code === 'ENOENT' || code === 'ECONNREFUSED') subscriber.next({ is: 'nobody' });
      // The agent died: the lines end.
      else if (code !== 'ECONNRESET' && code !== 'EPIPE') {
        subscriber.error(new FileError(`cannot attach to the agent at ${path}: ${hint(code)}`));
      }
    });
    return () => socket.destroy();
  });
}

const hint = (code: string): string =>
  code === 'EACCES' || code === 'EPERM'
    ? `${code}: run this as the user of the agent (sudo -u …), who alone may`
    : code;
