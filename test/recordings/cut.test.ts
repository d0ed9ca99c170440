import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { replayedAgent } from '../../src/commands/replayedAgent.ts';
import { onReplayClock } from '../../src/io/replayClock.ts';
import { readRecording } from '../../src/recording/readRecording.ts';
import type { Entry } from '../../src/schema/journal.ts';

/*
 * A recorder that was killed: its file ends anywhere.
 */

const text = readFileSync(new URL('quiet-hour.ndjson', import.meta.url), 'utf8');
const lines = text.split('\n');
/** The header, the platform and the host's facts are written at once. */
const FIRST = 3;

/** What the last entry is when so much of the text is replayed. */
function endOf(cut: string): Entry | undefined {
  const recording = readRecording(cut, 'cut');
  const ended: { last?: Entry; error?: unknown } = {};
  onReplayClock(replayedAgent({ recording }), {
    startedAt: recording.startedAt,
    speed: Infinity,
  }).subscribe({
    next: (entry) => (ended.last = entry),
    error: (error: unknown) => (ended.error = error),
  });
  if ('error' in ended) throw ended.error;
  return ended.last;
}

describe('a recording that was cut', () => {
  it('begins with what every replay needs', () => {
    const streams = readRecording(text, 'whole').records.map(({ stream }) => stream);
    expect(streams.slice(0, FIRST - 1)).toEqual(['host/platform', 'host/facts']);
  });

  it('behind any of its first lines replays to its end, and its books balance', () => {
    const begun = 1 + lines.findIndex((line) => line.includes('"stream":"config"'));
    for (const count of [FIRST, 4, 5, 6, 7, 8, 9, 10, 12, 14, 17, 21, 27, 40]) {
      const last = endOf(`${lines.slice(0, count).join('\n')}\n`);
      // Without a configuration there is nothing to run, and that is no failure.
      expect([count, last?.at === 'ended']).toEqual([count, count >= begun]);
      if (last?.at !== 'ended') continue;
      const { collected, buffered, delivered, spooled, setAside, dropped } = last.books;
      const lost = Object.values(dropped).reduce((sum, each) => sum + each, 0);
      expect([count, buffered + spooled + delivered + setAside + lost]).toEqual([count, collected]);
    }
  });

  it('within a line replays what stands before it', () => {
    for (const end of [0.11, 0.37, 0.52, 0.83].map((part) => Math.round(text.length * part))) {
      expect(endOf(text.slice(0, end))?.at).toBe('ended');
    }
  });
});
