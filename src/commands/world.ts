import type { Observable } from 'rxjs';
import type { Log } from '../io/log.ts';
import type { Output } from '../io/output.ts';

/** What a command is given of the process that it runs in. */
export interface World {
  /** A clean end is asked for (SIGTERM, SIGINT, a reader that went away); at once to late subscribers. */
  readonly stop$: Observable<void>;
  /** Asks for that clean end, as a key of a live table does. */
  readonly stop?: () => void;
  /** SIGHUP. */
  readonly reload$: Observable<unknown>;
  readonly log: Log;
  readonly output: Output;
  readonly environment: Readonly<Record<string, string | undefined>>;
}
