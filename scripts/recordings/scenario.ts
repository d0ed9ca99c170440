import type { BackendOptions, MockBackend } from '../../dev/backend/startBackend.ts';
import type { DevPostgres, PostgresOptions } from '../../dev/postgres.ts';

/** What a scenario works with while the agent is recorded. */
export interface Stage {
  /** The server that the agent calls `main`. */
  readonly server: DevPostgres;
  readonly backend: MockBackend;
  /** A further server: hidden in the recording, stopped at the end. */
  readonly keep: (server: DevPostgres) => DevPostgres;
  /** Those that were kept. */
  readonly kept: readonly DevPostgres[];
  readonly wait: (ms: number) => Promise<void>;
}

/** Something that really happens to real servers while the agent runs on them. */
export interface Scenario {
  /** Name of the recording. */
  readonly name: string;
  /** What happens, for its header; where real time was shortened, how. */
  readonly says: string;
  readonly postgres?: PostgresOptions;
  readonly backend?: BackendOptions;
  /** The sections that are on, with their keys in TOML; all others are off. */
  readonly sections: Readonly<Record<string, string>>;
  /** Keys of `[collector]`. */
  readonly collector?: string;
  /** Whether a run before this one registered the collector already. */
  readonly registered?: boolean;
  /** Before the agent starts. What it returns are further `[[postgres]]` tables. */
  readonly before?: (stage: Stage) => Promise<string>;
  /** While it runs; then the agent is asked to end. */
  readonly during: (stage: Stage) => Promise<void>;
}
