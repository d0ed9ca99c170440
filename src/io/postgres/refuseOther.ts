import { OtherServerError } from '../../errors.ts';
import type { Query } from '../../ports/server.ts';
import type { Session } from './session.ts';

/** Throws `OtherServerError` where a query was written for another start of a server than the one that answers. */
export function refuseOther({ start, link }: Session, query: Query): void {
  if (!query.start || start === null || start === query.start) return;
  const { host, port } = link.client;
  throw new OtherServerError(
    `${query.name}: what answers at ${host}:${port} is not what was looked at: another server, or started anew`,
  );
}
