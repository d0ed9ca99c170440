import type { AsidePayload } from '../../io/spool/asideList.ts';
import type { SpoolOnDisk } from '../../io/spool/spoolOnDisk.ts';
import type { Standing } from '../../schema/standing.ts';

/** What `status` tells; `--format json` prints exactly this. */
export interface StatusReport {
  /** ISO 8601. */
  readonly at: string;
  readonly state_dir: string;
  /** The process that works there, by its lock; null where none does. */
  readonly agent: { readonly pid: number; readonly host: string } | null;
  /** Null where this host is not registered, or signs its own tokens. */
  readonly identity: IdentityReport | null;
  readonly certificates: readonly CertificateReport[];
  readonly spool: SpoolReport;
  /** What the running agent says; null where none answers. */
  readonly running: Standing | null;
  /** What could not be found out, and why. */
  readonly problems: readonly string[];
}

export interface IdentityReport {
  readonly collector_id: string;
  readonly former_ids: readonly string[];
  /** Measured from the token's arrival; null where the token does not say. */
  readonly token_expires_at: string | null;
}

export interface CertificateReport {
  /** A file, or `the issued certificate`. */
  readonly name: string;
  readonly expires_at: string;
}

export interface SpoolReport extends SpoolOnDisk {
  /** How many payloads are set aside. */
  readonly set_aside: Readonly<Record<AsidePayload['shelf'], number>>;
}
