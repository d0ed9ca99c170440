import { mkdir, mkdtemp, open, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { firstValueFrom } from 'rxjs';
import { durableSpool } from '../../src/io/spool/durableSpool.ts';
import type { Spool } from '../../src/ports.ts';
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
  let size = 0;
  const subscriptions: { unsubscribe: () => void }[] = [];
  const spool = await new Promise<Spool>((resolve, reject) => {
    subscriptions.push(
      durableSpool({ folder: ours, bounds }).subscribe({ next: resolve, error: reject }),
    );
  });
  try {
    for (let round = 0; round < rounds; round++) {
      const one = payload('c');
      const from = performance.now();
      await firstValueFrom(spool.append(one));
      const between = performance.now();
      const name = `${String(round + 1).padStart(12, '0')}.payload`;
      const bytes = await readFile(join(ours, name));
      const again = performance.now();
      await bare(floor, name, bytes);
      const end = performance.now();
      // The first ones warm compiler and disk.
      if (round < rounds / 10) continue;
      size = bytes.length;
      times.ours.push(between - from);
      times.floor.push(end - again);
    }
    const [mine, least] = [median(times.ours), median(times.floor)];
    return [
      claim({
        what: `a payload of ${size} bytes made durable`,
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
