import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { countingSource } from '../support/countingSource.ts';
import { fakeToken } from '../support/fakeTokens.ts';
import { type Noted, simulate } from '../support/simulate.ts';

/*
 * An outage that is longer than the token lives, as the journal tells it. Each line of the golden file was checked by
 * hand; to see what a changed agent would write, run this test and read the difference.
 *
 * Reads every 30 s, windows of 60 s. The token that an earlier run stored lives until 2:00. The backend is away from 0:50
 * to 2:30, so that the refresh at half the token's life fails and the token is gone when the backend comes back: then the
 * collector registers anew, and what waited is delivered under the new id.
 */

const ID = '00000000-0000-4000-8000-000000000000';

it('outage longer than the token: told line by line', async () => {
  const run = simulate({
    sources: [countingSource('cpu', { everyS: 30 })],
    backend: { lifetimeS: 600 },
    ports: {
      identity: {
        collectorId: ID,
        token: fakeToken({ collector_id: ID, iat: 0, exp: 120 }),
        tokenArrivedAt: 0,
        expiresAt: null,
        certificate: null,
        privateKey: null,
      },
    },
    script: {
      50_001: ({ backend }) => (backend.down = true),
      150_001: ({ backend }) => (backend.down = false),
    },
    stopAtMs: 240_001,
  });
  const golden = await readFile(new URL('outage.golden.ndjson', import.meta.url), 'utf8');
  expect(run.noted.flatMap(line)).toEqual(golden.trimEnd().split('\n'));
});

/** An entry as a line: `t` in ms, what happened, and its numbers. */
function line({ ms: t, entry }: Noted): string[] {
  const { at } = entry;
  switch (entry.at) {
    case 'validated':
    case 'polled':
      return [];
    case 'source':
      return [JSON.stringify({ t, at, unit: entry.unit, n: entry.metric['n'] })];
    case 'batched':
    case 'spooled':
      return [JSON.stringify({ t, at, id: entry.header.id, counts: entry.header.counts })];
    case 'sent':
    case 'acked': {
      const { header, attempt, status, verdict } = entry.receipt;
      const { id, counts } = header;
      return [JSON.stringify({ t, at, id, counts, attempt, status, verdict: verdict.is })];
    }
    case 'ended':
      return [JSON.stringify({ t, at, ...entry.books })];
    case 'trouble':
      return [JSON.stringify({ t, at, unit: entry.unit, code: entry.code })];
    default:
      return [JSON.stringify({ t, ...entry })];
  }
}
