import type { Books } from './books.ts';
import type { Counts } from './json.ts';

/** Something that failed. */
export interface Failure {
  /** ISO 8601. */
  readonly at: string;
  /** `<server>/<type>`, `<type>`, `sink`, `tokens`, `spool`, `config`. */
  readonly unit: string;
  readonly code: string;
  readonly message: string;
}

/** How one unit does since the start of the run. */
export interface UnitStanding {
  /** `<server>/<type>` or `<type>` */
  readonly unit: string;
  /** When its last read ended, or its last metric came where it follows a log; ISO 8601, null before the first. */
  readonly last_run_at: string | null;
  /** How long that read took; null where it is none. */
  readonly last_run_ms: number | null;
  readonly runs: number;
  readonly metrics: number;
  readonly errors: number;
  readonly skipped_ticks: number;
  /** Lost metrics of its type, of all servers, by reason. */
  readonly dropped: Counts;
  readonly last_error: Failure | null;
}

/** How a running agent does: what `status` asks for. */
export interface Standing {
  readonly version: string;
  readonly pid: number;
  readonly started_at: string;
  readonly books: Books;
  readonly attempts: number;
  /** The last push that the backend took, heartbeats too; null before the first. */
  readonly last_success_at: string | null;
  readonly last_success_ms: number | null;
  /** The last failure of delivery, tokens or spool; null before the first. */
  readonly last_error: Failure | null;
  /** Whether that failure goes on. */
  readonly failing: boolean;
  readonly sources: readonly UnitStanding[];
}
