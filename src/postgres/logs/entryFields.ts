/** Who waits for whom in a deadlock. */
export interface DeadlockWait {
  readonly pid: number;
  readonly lock_mode: string;
  readonly lock_object: string;
  readonly blocked_by: number;
}

/** What the message of an entry tells, by field; what it does not tell is absent. */
export type EntryFields = Record<string, string | number | readonly number[] | DeadlockWait[]>;
