import { lsn } from '../../postgres/values.ts';
import type { Int64 } from '../../schema/fields.ts';
import type { Json } from '../../schema/json.ts';

/** What the server says about why WAL is kept; positions as it writes them. */
export interface WalFacts {
  /** Up to where WAL is written, or on a standby received. */
  readonly here: string | null;
  /** Bytes per WAL file. */
  readonly segmentBytes: bigint;
  /** `pg_control_checkpoint().redo_lsn`; null where it may not be read. */
  readonly redoLsn: string | null;
  /** Whether files are to be archived here. */
  readonly archives: boolean;
  /** `pg_stat_archiver.last_archived_wal` */
  readonly lastArchivedWal: string | null;
  /** `wal_keep_size`, bytes. */
  readonly walKeepBytes: bigint;
  readonly slots: readonly { readonly name: string | null; readonly restartLsn: string | null }[];
}

/** Something that needs WAL of the past. */
export interface Keeper {
  readonly [field: string]: Json;
  readonly by: 'slot' | 'archiver' | 'wal_keep_size' | 'checkpoint';
  /** Of the slot. */
  readonly name: string | null;
  /** WAL since the oldest position that it needs. */
  readonly bytes: Int64;
}

/**
 * Who keeps how much WAL, the greediest first: it is why pg_wal is as large as it is. Computed from positions, without
 * listing a folder. A checkpoint needs WAL since its redo position; the archiver all since the last file that it archived.
 */
export function walKept(facts: WalFacts): readonly Keeper[] {
  const here = lsn(facts.here);
  if (here === null) return [];
  const keepers: { by: Keeper['by']; name: string | null; bytes: bigint }[] = [];
  const add = (by: Keeper['by'], from: bigint | null, name: string | null = null): void => {
    if (from !== null && from < here) keepers.push({ by, name, bytes: here - from });
  };
  for (const { name, restartLsn } of facts.slots) add('slot', lsn(restartLsn), name);
  if (facts.archives) add('archiver', endOf(facts.lastArchivedWal, facts.segmentBytes));
  const kept = here - facts.walKeepBytes;
  add('wal_keep_size', kept > 0n ? kept : 0n);
  add('checkpoint', lsn(facts.redoLsn));
  return keepers
    .sort((a, b) => (a.bytes < b.bytes ? 1 : a.bytes > b.bytes ? -1 : 0))
    .map(({ by, name, bytes }) => ({ by, name, bytes: int64(bytes) }));
}

/** The position behind a WAL file, by its name: timeline, number of 4 GiB, number within; null for other names. */
function endOf(file: string | null, segmentBytes: bigint): bigint | null {
  const found = /^[0-9A-F]{8}([0-9A-F]{8})([0-9A-F]{8})(?:\.partial)?$/.exec(file ?? '');
  if (!found || segmentBytes <= 0n) return null;
  const [, high = '0', low = '0'] = found;
  return BigInt(`0x${high}`) * 4_294_967_296n + (BigInt(`0x${low}`) + 1n) * segmentBytes;
}

const int64 = (bytes: bigint): Int64 =>
  bytes <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(bytes) : bytes.toString();
