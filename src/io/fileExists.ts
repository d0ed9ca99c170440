import { access } from 'node:fs/promises';
import { Observable } from 'rxjs';

/** Emits whether there is a file at a path; one that this user may not look at counts. */
export function fileExists(path: string): Observable<boolean> {
  return new Observable((subscriber) => {
    const tell = (exists: boolean): void => {
      subscriber.next(exists);
      subscriber.complete();
    };
    access(path).then(
      () => tell(true),
      (error: unknown) => {
        const { code } = error as NodeJS.ErrnoException;
        tell(code !== 'ENOENT' && code !== 'ENOTDIR');
      },
    );
  });
}
