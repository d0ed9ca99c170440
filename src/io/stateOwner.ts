import { readFile, stat } from 'node:fs/promises';
import { Observable } from 'rxjs';
import { FileError, messageOf } from '../errors.ts';

/** Who owns a state directory. */
export interface StateOwner {
  /** The owner's name, or `#<uid>` where it has none; as `sudo -u` takes it. */
  readonly name: string;
  /** Whether that is the user of this process. */
  readonly self: boolean;
}

/** Emits who owns a state directory; null where it does not exist yet. Errors with `FileError`. */
export function stateOwner(directory: string): Observable<StateOwner | null> {
  return new Observable((subscriber) => {
    owner(directory).then(
      (found) => {
        subscriber.next(found);
        subscriber.complete();
      },
      (error: unknown) => subscriber.error(error),
    );
  });
}

async function owner(directory: string): Promise<StateOwner | null> {
  try {
    const { uid } = await stat(directory);
    return { name: await nameOf(uid), self: uid === process.getuid?.() };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return null;
    throw new FileError(`cannot look at ${directory}: ${code ?? messageOf(error)}`);
  }
}

async function nameOf(uid: number): Promise<string> {
  const users = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const line = users.split('\n').find((each) => each.split(':')[2] === String(uid));
  return line?.split(':')[0] ?? `#${uid}`;
}
