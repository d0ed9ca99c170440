import { chmod, lstat, mkdir, unlink } from 'node:fs/promises';
import { type Server, type Socket, connect, createServer } from 'node:net';
import { dirname } from 'node:path';
import { Observable, Subscription } from 'rxjs';
import { FileError, messageOf } from '../../errors.ts';
import { pathProblem } from './path.ts';
import { type LazyLine, type Reader, reader } from './reader.ts';

export interface ListenOptions {
  /** At most 100 bytes. */
  readonly path: string;
  /** Answers a request, the first line of a connection. Unsubscribed when the reader goes away. */
  readonly serve: (request: string) => Answer;
  /** The line that stands for lines that a slow reader missed. */
  readonly skipped: (count: number) => string;
}

/** What a reader is given. */
export interface Answer {
  readonly lines$: Observable<LazyLine>;
  /** Whether a gap makes all of it useless: then a reader that is too slow gets no more. Default: the oldest lines go. */
  readonly whole?: boolean;
}

/** Connections at once; more are closed. */
const MAX_TAPS = 64;
/** Characters of a request, and how long it may take, in ms. */
const MAX_REQUEST = 262_144;
const REQUEST_MS = 5_000;

/**
 * Listens on a Unix socket that its owner alone can use (0600; the directory, if it is made, 0700). A socket that a dead
 * process left is replaced, one on which somebody listens is not. Never waits for a reader.
 *
 * Emits nothing; unsubscribing ends all connections and removes the socket. Errors with `FileError`.
 */
export function listen(options: ListenOptions): Observable<never> {
  return new Observable((subscriber) => {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      if (sockets.size >= MAX_TAPS) {
        socket.destroy();
        return;
      }
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      answer(socket, options);
    });
    server.on('error', (error) => subscriber.error(problem(options.path, error)));
    open(server, options.path, () => subscriber.closed).catch((error: unknown) =>
      subscriber.error(problem(options.path, error)),
    );
    return () => {
      server.close();
      // What was written last is on its way: a moment for it, then the end.
      for (const socket of sockets) {
        socket.end();
        setTimeout(() => socket.destroy(), 500).unref();
      }
    };
  });
}

const problem = (path: string, error: unknown): FileError =>
  error instanceof FileError
    ? error
    : new FileError(
        `cannot listen on ${path}: ${(error as NodeJS.ErrnoException).code ?? messageOf(error)}`,
      );

async function open(server: Server, path: string, closed: () => boolean): Promise<void> {
  const wrong = pathProblem(path);
  if (wrong !== undefined) throw new FileError(wrong);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await removeStale(path);
  if (closed()) return;
  // The socket is made within this call: nobody else can reach it even for a moment.
  const before = process.umask(0o177);
  try {
    server.listen(path);
  } finally {
    process.umask(before);
  }
  await chmod(path, 0o600);
  // A tap does not keep the agent from ending.
  server.unref();
}

/** Removes what a dead process left. Throws `FileError` where something else is there. */
async function removeStale(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (!found) return;
  if (!found.isSocket()) throw new FileError(`${path} is no socket, so it is not replaced`);
  if (await answers(path)) throw new FileError(`another process listens on ${path}`);
  await unlink(path);
}

const answers = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(path);
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', ({ code }: NodeJS.ErrnoException) => resolve(code !== 'ECONNREFUSED'));
  });

function answer(socket: Socket, { serve, skipped }: ListenOptions): void {
  let request = '';
  let lines: Reader | undefined;
  const tooLate = setTimeout(() => socket.destroy(), REQUEST_MS);
  // A reader that is gone is no error of the agent.
  socket.on('error', () => undefined);
  socket.setEncoding('utf8');
  socket.on('data', (text: string) => {
    if (lines) return;
    request += text;
    const end = request.indexOf('\n');
    if (end < 0) {
      if (request.length > MAX_REQUEST) socket.destroy();
      return;
    }
    clearTimeout(tooLate);
    const { lines$, whole = false } = serve(request.slice(0, end));
    const work = new Subscription();
    const tooSlow = whole ? () => work.unsubscribe() : undefined;
    const { push, end: last, close } = (lines = reader(socket, { skipped, tooSlow }));
    work.add(lines$.subscribe({ next: push, error: () => socket.destroy(), complete: last }));
    socket.on('close', () => {
      work.unsubscribe();
      close();
    });
  });
  socket.on('close', () => clearTimeout(tooLate));
}
