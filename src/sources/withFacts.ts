import { type Observable, concatMap, defer, of, retry, throwError } from 'rxjs';
import { OtherServerError } from '../errors.ts';
import type { ServerFacts } from '../postgres/facts.ts';
import { ofStart } from './ofStart.ts';
import type { MonitoredServer } from './source.ts';

/**
 * Reads a server with what is known of it. The queries of the context that `read` is given go to the start of the server
 * that the facts are of; where another one answers (after a restart, an upgrade, a failover), none is sent, and all is read
 * once more, with facts of that one.
 *
 *     facts      a----------b
 *     read       -m-#       -m-n|      # = another start answered
 *     result     -m----------m-n|
 */
export function withFacts<C extends { readonly server: MonitoredServer }, T>(
  context: C,
  read: (facts: ServerFacts, context: C) => Observable<T>,
): Observable<T> {
  const { server } = context;
  return defer(() => server.facts()).pipe(
    concatMap((facts) => read(facts, { ...context, server: ofStart(server, facts.start) })),
    retry({
      count: 1,
      delay: (error: unknown) =>
        error instanceof OtherServerError ? of(0) : throwError(() => error as Error),
    }),
  );
}
