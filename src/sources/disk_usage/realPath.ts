import { type Observable, concatMap, of } from 'rxjs';
import type { Host } from '../../ports/host.ts';

/** Links that are followed on one path, as many as Linux does: beyond it they go in a circle. */
const MAX_LINKS = 40;

/** An absolute path with its symbolic links followed, as far as they may be read: what cannot be told to be one is none. */
export function realPath(path: string, link: Host['link']): Observable<string> {
  function follow(done: string, rest: readonly string[], links: number): Observable<string> {
    const [name, ...others] = rest;
    if (name === undefined) return of(done || '/');
    if (name === '' || name === '.') return follow(done, others, links);
    if (name === '..') return follow(done.slice(0, done.lastIndexOf('/')), others, links);
    const next = `${done}/${name}`;
    return link(next).pipe(
      concatMap((target) => {
        if (target === null) return follow(next, others, links);
        if (links === MAX_LINKS) return of(path);
        const names = [...target.split('/'), ...others];
        return follow(target.startsWith('/') ? '' : done, names, links + 1);
      }),
    );
  }
  return follow('', path.split('/'), 0);
}
