import { map, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { TransportError } from '../../../src/errors.ts';
import { memorySpool } from '../../../src/io/memorySpool.ts';
import type { Ports } from '../../../src/ports.ts';
import { pgHealth } from '../../../src/sources/pg_health.ts';
import { simulate } from '../../support/simulate.ts';

const DAY = 86_400_000;
const refused = new TransportError('CERT_NOT_YET_VALID', 'not valid yet');

/** What the agent says at last of a backend whose certificate is refused; its clock begins at 1970. */
function told(text: string, replace: Partial<Ports> = {}): string | undefined {
  const run = simulate({
    sources: [pgHealth],
    text: `[collector]\npush_interval = 60\n${text}`,
    ports: {
      rows: [['18.4', 'f', '1970-01-01 00:00:00+00', String(100 * DAY)]],
      replace: { http: () => throwError(() => refused), ...replace },
    },
    stopAtMs: 300_000,
  });
  return run.of('trouble').at(-1)?.entry.message;
}

describe('a backend whose certificate is refused for its dates', () => {
  it('is told with what a server’s clock says of this host’s', () => {
    expect(told('[postgres]\nhost = "db1.example.com"\n')).toMatch(
      /^not valid yet; the clock of server main is 100 days ahead of this host's, which is wrong: set it/,
    );
  });

  it('is told with when the run before was at work', () => {
    const later: Pick<Ports, 'spool'> = {
      spool: (limits) =>
        memorySpool(limits).pipe(
          map((kept) => Object.assign(kept, { newestAt: '2026-05-01T12:00:00.000Z' })),
        ),
    };
    expect(told('', later)).toMatch(
      /^not valid yet; this collector already worked at 2026-05-01T12:00Z, which is later: this host's clock/,
    );
    expect(told('')).toBe('not valid yet; no other clock is known here');
  });
});
