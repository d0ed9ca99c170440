import { NEVER, concat, map, of } from 'rxjs';
import { expect, it } from 'vitest';
import type { Ports } from '../../../src/ports.ts';
import { section } from '../../../src/schema/section.ts';
import { polled } from '../../../src/sources/polled.ts';
import { serverSource } from '../../../src/sources/source.ts';
import { timestampNow } from '../../../src/sources/timestamp.ts';
import { serverCountingSource } from '../../support/countingSource.ts';
import { probed } from '../../support/probedServer.ts';
import { type World, simulate } from '../../support/simulate.ts';

/** How often a server is probed within ten minutes by a source that asks for its facts every 10 s. */
function probes(script: Readonly<Record<number, (world: World) => void>>): number {
  const fake = probed();
  const port: Pick<Ports, 'postgres'> = { postgres: () => concat(of(fake.server), NEVER) };
  const asks = serverSource({
    type: 'asks',
    scope: 'server',
    settings: section('a test', { default: 10 }, {}),
    metrics: serverCountingSource('asks').metrics,
    read: (context) =>
      polled(context, { timeoutMs: 6_000 }, () =>
        context.server
          .facts()
          .pipe(map(() => ({ type: 'asks', timestamp: timestampNow(), n: 0, server: 'main' }))),
      ),
  });
  const text = '[collector]\npush_interval = 60\n[postgres]\nhost = "db1"\n';
  const run = simulate({
    sources: [asks],
    text,
    ports: { replace: port },
    script,
    stopAtMs: 600_001,
  });
  expect(run.numbers('asks').length).toBeGreaterThan(50);
  return fake.probes();
}

it('probes what a server is and has again on SIGHUP: a GRANT needs no restart', () => {
  expect(probes({})).toBe(1);
  expect(probes({ 100_501: ({ reload }) => reload(), 300_501: ({ reload }) => reload() })).toBe(3);
});
