import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { NEVER, firstValueFrom, map, of, timer } from 'rxjs';
import { durableSpool } from '../../src/io/spool/durableSpool.ts';
import type { Spool } from '../../src/ports/spool.ts';
import type { Payload } from '../../src/schema/payload.ts';
import type { Receipt } from '../../src/schema/receipt.ts';
import { deliver } from '../../src/streams/deliver.ts';
import { payload } from './payload.ts';

/*
 * An outage as a process of its own: so many payloads are spooled while no push succeeds. Prints one line of JSON with its
 * resident memory before and after, in MB. Arguments: the state directory, how many, the collector's id.
 */

const [stateDir = '', count = '', collectorId = ''] = process.argv.slice(2);
const bounds = { maxBytes: 2 ** 40, maxFiles: 1_000_000, maxAgeMs: 1e12, minFreeBytes: 0 };

const spool = await new Promise<Spool>((resolve, reject) => {
  const opened$ = durableSpool({ folder: join(stateDir, 'spool'), bounds });
  opened$.subscribe({ next: resolve, error: reject });
});
const refused = ({ header }: Payload, attempt: number): Receipt => ({
  ...{ header, attempt, endpoint: 'https://away', status: null, sentBytes: 0 },
  ...{ encoding: 'gzip' as const, tookMs: 1, verdict: { is: 'retry' as const, cause: 'away' } },
});
deliver({
  spool,
  sink: (one, attempt) => timer(1).pipe(map(() => refused(one, attempt))),
  note: () => undefined,
  heartbeat$: of(payload(collectorId)),
  ...{ wake$: NEVER, closed$: NEVER, stop$: NEVER },
}).subscribe();
const append = async (times: number): Promise<void> => {
  for (let index = 0; index < times; index++) {
    await firstValueFrom(spool.append(payload(collectorId)));
  }
};
const residentMb = async (): Promise<number> => {
  await pause(1_000);
  return process.memoryUsage.rss() / 2 ** 20;
};

// Warm: the code is compiled, the heap has its size.
await append(300);
const before = await residentMb();
const from = performance.now();
await append(Number(count) - 300);
const seconds = (performance.now() - from) / 1_000;
process.stdout.write(`${JSON.stringify({ before, after: await residentMb(), seconds })}\n`);
await firstValueFrom(spool.close(), { defaultValue: null });
process.exit();
