import { lastValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../../src/schema/journal.ts';
import { imbalance } from '../../src/streams/journal/books.ts';
import { closing } from '../../src/streams/closing.ts';
import { openJournal } from '../../src/streams/journal.ts';
import { aMetric } from './entries.ts';

/** What closing notes after these entries. */
async function closed(before: readonly Entry[]): Promise<readonly Entry[]> {
  const journal = openJournal();
  for (const entry of before) journal.note(entry);
  const entries: Entry[] = [];
  journal.entries$.subscribe((entry) => entries.push(entry));
  await lastValueFrom(closing(journal), { defaultValue: undefined });
  return entries;
}

describe('closing', () => {
  it('counts what never became durable as dropped, by type, and ends with the final books', async () => {
    const entries = await closed([
      { at: 'source', unit: 'cpu', metric: aMetric('cpu') },
      { at: 'source', unit: 'cpu', metric: aMetric('cpu') },
      { at: 'source', unit: 'disk', metric: aMetric('disk') },
    ]);
    expect(entries[0]).toEqual({
      at: 'dropped',
      from: 'buffered',
      counts: { cpu: 2, disk: 1 },
      reason: 'shutdown',
    });
    const last = entries.at(-1);
    const books = last?.at === 'ended' ? last.books : undefined;
    expect(books).toMatchObject({ collected: 3, buffered: 0, dropped: { shutdown: 3 } });
    expect(books && imbalance(books)).toBe(0);
  });

  it('drops nothing where nothing is on its way', async () => {
    expect((await closed([])).map(({ at }) => at)).toEqual(['ended']);
  });
});
