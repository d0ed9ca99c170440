import { of, take, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { codec } from '../../../src/schema/codec.ts';
import { diskUsage } from '../../../src/sources/disk_usage/disk_usage.ts';
import { fakeHost, filesOf, hostContext } from '../../support/hostContext.ts';
import { marbles } from '../../support/marbles.ts';

const check = codec(diskUsage.metrics[0]!);
/** Readings of `/db` alone, one for each answer: per mille available, or no answer. Urgent, and low. */
function low(available: readonly (number | null)[], options = 'rw', then: (seen: string) => void) {
  return marbles(({ flush }) => {
    let reading = 0;
    const text = `2 1 8:2 / /db rw - xfs /dev/sdb ${options}\n`;
    const context = hostContext(diskUsage, {
      host: fakeHost({
        read: filesOf({ '/proc/self/mountinfo': text }),
        space: () => {
          const free = available[reading++] ?? null;
          // A fifth more is kept for root, and is nobody else's.
          return free === null
            ? throwError(() => new Error('away'))
            : of({
                blockSize: 4096,
                files: 10,
                filesFree: 5,
                blocks: 1_200,
                blocksFree: 200 + free,
                blocksAvailable: free,
              });
        },
      }),
    });
    const words: string[] = [];
    diskUsage
      .read(context)
      .pipe(take(available.length))
      .subscribe(({ metric, urgent = false }) => {
        expect(check(metric)).toHaveProperty('json');
        expect(metric['urgent']).toBe(urgent);
        const [db] = metric['filesystems'] as { low: boolean }[];
        words.push((db === undefined ? '-' : db.low ? 'low' : 'ok') + (urgent ? '!' : ''));
      });
    flush();
    then(words.join(' '));
  });
}

describe('disk_usage that runs out of space', () => {
  it(
    'sends the reading at once in which less than 5 % becomes available, and again after 6 %',
    low([70, 50, 49, 30, 55, 59, 60, 49], 'rw', (seen) =>
      expect(seen).toBe('ok ok low! low low low ok low!'),
    ),
  );

  it(
    'tells at its first reading, and not again after one without an answer',
    low([49, null, 49], 'rw', (seen) => expect(seen).toBe('low! - low')),
  );

  it(
    'does not expect room on what was always read-only',
    low([0, 0], 'ro', (seen) => expect(seen).toBe('ok ok')),
  );
});
