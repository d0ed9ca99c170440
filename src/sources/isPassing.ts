import { QueryError, UnreachableError } from '../errors.ts';

/** A conflict with recovery, a shutdown, a database that was just dropped. */
const passing: ReadonlySet<string> = new Set(['40001', '57P01', '57P04']);

/** Whether an error in one database is no fault of anybody: the next tick reads again. */
export const isPassing = (error: unknown): boolean =>
  (error instanceof UnreachableError && error.reason === 'no_such_database') ||
  (error instanceof QueryError && passing.has(error.sqlstate));
