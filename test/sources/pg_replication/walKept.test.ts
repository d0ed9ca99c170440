import { describe, expect, it } from 'vitest';
import { type WalFacts, walKept } from '../../../src/sources/pg_replication/walKept.ts';

const facts = (set: Partial<WalFacts>): WalFacts => ({
  here: '1/0',
  segmentBytes: 16_777_216n,
  redoLsn: null,
  archives: false,
  lastArchivedWal: null,
  walKeepBytes: 0n,
  slots: [],
  ...set,
});

describe('walKept', () => {
  it('names the greediest first', () => {
    const keepers = walKept(
      facts({
        redoLsn: '0/FFFFF000',
        walKeepBytes: 1_000_000n,
        slots: [
          { name: 'behind', restartLsn: '0/F0000000' },
          { name: 'unused', restartLsn: null },
        ],
      }),
    );
    expect(keepers).toEqual([
      { by: 'slot', name: 'behind', bytes: 0x10000000 },
      { by: 'wal_keep_size', name: null, bytes: 1_000_000 },
      { by: 'checkpoint', name: null, bytes: 4096 },
    ]);
  });

  it('counts what is not archived from the end of the last file that is', () => {
    const of = (lastArchivedWal: string | null, archives = true) =>
      walKept(facts({ archives, lastArchivedWal })).map(({ bytes }) => bytes);
    expect(of('0000000100000000000000FE')).toEqual([16_777_216]);
    expect(of('0000000100000000000000FF')).toEqual([]);
    expect(of('0000000200000000000000FE.partial')).toEqual([16_777_216]);
    expect(of('0000000100000000000000FE.00000028.backup')).toEqual([]);
    expect(of('00000002.history')).toEqual([]);
    expect(of(null)).toEqual([]);
    expect(of('0000000100000000000000FE', false)).toEqual([]);
  });

  it('needs no more WAL than there has been, and nothing where the position is unknown', () => {
    expect(walKept(facts({ here: '0/1000', walKeepBytes: 1n << 40n }))[0]?.bytes).toBe(4096);
    expect(walKept(facts({ here: null, walKeepBytes: 5n }))).toEqual([]);
  });

  it('leaves out a position that is ahead', () => {
    expect(walKept(facts({ slots: [{ name: 'ahead', restartLsn: '1/1000' }] }))).toEqual([]);
  });
});
