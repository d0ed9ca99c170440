import type { ColumnKind } from '../../schema/config/custom.ts';

/** A query of another collector, as a table of ours. */
export interface ImportedQuery {
  readonly name: string;
  readonly sql: string;
  readonly columns: Readonly<Record<string, ColumnKind>>;
  /** Further keys. */
  readonly keys: Readonly<Record<string, string | number>>;
}

/** What became of a file. */
export interface Imported {
  readonly queries: readonly ImportedQuery[];
  /** What does not map, one sentence each. */
  readonly remarks: readonly string[];
}
