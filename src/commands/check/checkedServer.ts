import type { ServerFacts } from '../../postgres/facts.ts';
import type { ServerSettings } from '../../schema/config.ts';
import type { Finding } from './finding.ts';

/** What a server says beyond its facts. */
export interface CheckedServer {
  readonly settings: ServerSettings;
  readonly facts: ServerFacts;
  /** Of the role; -1: none. Null where it cannot be seen. */
  readonly connectionLimit: number | null;
  /** Of pg_stat_statements: the files are installed, the extension is in the maintenance database, it is preloaded. */
  readonly statements: {
    readonly available: boolean;
    readonly created: boolean;
    readonly preloaded: boolean;
    /** `shared_preload_libraries`; null where the role may not see it. */
    readonly libraries: readonly string[] | null;
  };
  readonly pooler: boolean;
  /** What is to be said of its log. */
  readonly log: readonly Finding[];
  /** What is to be said of rights inside its databases. */
  readonly grants: readonly Finding[];
  /** What is to be said of its clock. */
  readonly clock: readonly Finding[];
}
