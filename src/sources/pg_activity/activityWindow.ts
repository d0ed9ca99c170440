import type { OidNames } from '../oidNames.ts';
import type { Session } from './session.ts';
import type { RunningTexts } from './texts.ts';
import type { Waits } from './waits.ts';

/** What was sampled between two metrics, and how much of it is listed. */
export interface ActivityWindow {
  readonly server: string;
  /** How long it was, in s. */
  readonly seconds: number;
  readonly waits: Waits;
  /** All that was read at its end. */
  readonly sessions: readonly Session[];
  readonly texts: RunningTexts;
  readonly names: OidNames;
  /** Rows of `waits`. */
  readonly top: number;
  /** Shorter ones are not listed, in s. */
  readonly longTransaction: number;
  readonly idleInTransaction: number;
  readonly redacts: boolean;
  /** `track_activity_query_size`. */
  readonly serverBytes: number;
}
