import { mkdir, mkdtemp, open, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { firstValueFrom } from 'rxjs';
import { durableSpool } from '../../src/io/spool/durableSpool.ts';
import type { Spool } from '../../src/ports/spool.ts';
import { median } from '../figures.ts';
import { type Result, claim } from '../result.ts';
import { payload } from './payload.ts';

const bounds = { maxBytes: 2 ** 40, maxFiles: 1_000_000, maxAgeMs: 1e9, minFreeBytes: 0 };

/** What the rules ask for and nothing else: write, fsync, rename, fsync of the folder. */
async function bare(folder: string, name: string, bytes: Uint8Array): Promise<void> {
  const path = join(folder, name);
  const file = await open(`${path}.tmp`, 'wx', 0o600);
  await file.writeFile(bytes);
  await file.sync();
  await file.close();
  await rename(`${path}.tmp`, path);
  const directory = await open(folder, 'r');
  await directory.sync();
  await directory.close();
}

/** A payload made durable by the spool, against the bare file operations with the same bytes, by turns. */
export async function spooled(rounds = 1_000): Promise<Result[]> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-spool-'));
  const floor = join(folder, 'floor');
  const ours = join(folder, 'spool');
  await mkdir(floor);
  const times = { ours: [] as number[], floor: [] as number[] };
  const subscriptions: { unsubscribe: () => void }[] = [];
  const spool = await new Promise<Spool>((resolve, reject) => {
    subscriptions.push(
      durableSpool({ folder: ours, bounds }).subscribe({ next: resolve, error: reject }),
    );
  });
  try {
    await firstValueFrom(spool.append(payload('c')));
    const bytes = await readFile(join(ours, '000000000001.payload'));
    for (let round = 0; round < rounds; round++) {
      const one = payload('c');
      const ourTurn = async (): Promise<number> => {
        const from = performance.now();
        await firstValueFrom(spool.append(one));
        return performance.now() - from;
      };
      const floorTurn = async (): Promise<number> => {
        const from = performance.now();
        await bare(floor, String(round).padStart(20, '0'), bytes);
        return performance.now() - from;
      };
      // By turns also in who comes first: what one leaves behind the other finds.
      const [first, second] = round % 2 === 0 ? [ourTurn, floorTurn] : [floorTurn, ourTurn];
      const pair = [await first(), await second()] as const;
      const [mine, least] = round % 2 === 0 ? pair : [pair[1], pair[0]];
      // The first ones warm compiler and disk.
      if (round < rounds / 10) continue;
      times.ours.push(mine);
      times.floor.push(least);
    }
    const [mine, least] = [median(times.ours), median(times.floor)];
    return [
      claim({
        what: `a payload of ${bytes.length} bytes made durable`,
        ours: mine,
        least,
        unit: 'ms',
        against: 'write, fsync, rename, fsync of the folder with the same bytes',
        most: 1.3,
        how: `medians of ${times.ours.length} payloads, by turns; ${(1_000 / mine).toFixed(0)} a second against ${(1_000 / least).toFixed(0)}`,
      }),
    ];
  } finally {
    for (const subscription of subscriptions) subscription.unsubscribe();
    await rm(folder, { recursive: true, force: true });
  }
}
