const startIsClosed = (role: string): string =>
  'the role may not ask when the server started: the time is null, and a restart is seen by what else changes; ' +
  `remedy: GRANT EXECUTE ON FUNCTION pg_postmaster_start_time() TO ${role}`;

const inTheWay =
  'a pooler stands in the path: it keeps a connection to each database that is read, so that DROP DATABASE fails until ' +
  'its server_idle_timeout is over, or needs WITH (FORCE); remedy: set host and port to the server itself';

/** What of a connection limits all that is read over it, and of how it was at the last answer. */
export interface Circumstances {
  /** `pg_postmaster_start_time()` may not be asked. */
  readonly startIsClosed: boolean;
  readonly pooler: boolean;
}

/** Tells what came up since the last answer, a sentence each. `role` is asked where a GRANT has to name it. */
export const newCircumstances = (
  before: Circumstances,
  now: Circumstances,
  role: () => string,
): readonly string[] => [
  ...(now.startIsClosed && !before.startIsClosed ? [startIsClosed(role())] : []),
  ...(now.pooler && !before.pooler ? [inTheWay] : []),
];
