/** What a PostgreSQL server is and has, probed over its own catalog. */
export interface ServerFacts {
  /** `server_version_num`, e.g. 180004. */
  readonly versionNum: number;
  /** `server_version`, e.g. `18.4`. */
  readonly version: string;
}
