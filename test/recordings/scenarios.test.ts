import { readdirSync, readFileSync, statSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { readRecording } from '../../src/recording/readRecording.ts';
import { agent } from '../../src/streams/agent.ts';
import { replayed } from '../support/replayed.ts';

/*
 * What really happened to real servers (scripts/recordScenarios.ts), replayed through the whole agent in virtual time. The
 * golden files tell what the agent makes of it, line by line; `UPDATE_GOLDEN=1` writes them anew.
 */

const folder = new URL('.', import.meta.url);
const recordings = readdirSync(folder).filter((name) => /^[^.]+\.ndjson$/.test(name));

describe('recorded scenarios', () => {
  it.each(recordings)('%s is told as it was', (name) => {
    replayed(name).through(agent).matches(name.replace('.ndjson', '.golden.ndjson'));
  });

  it.each(recordings)('%s gives the same output each time, and its books balance', (name) => {
    const first = replayed(name).through(agent);
    const second = replayed(name).through(agent);
    expect(JSON.stringify(second.lines)).toBe(JSON.stringify(first.lines));
    const ended = first.entries.at(-1);
    expect(ended?.at).toBe('ended');
    if (ended?.at !== 'ended') return;
    const { collected, recovered, buffered, spooled, delivered, setAside, dropped } = ended.books;
    const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0);
    expect(buffered + spooled + delivered + setAside + lost).toBe(collected + recovered);
    expect(collected).toBeGreaterThan(5);
  });

  it.each(recordings)('%s says in its configuration which of its sources are on', (name) => {
    const { header, records } = readRecording(readFileSync(new URL(name, folder), 'utf8'), name);
    const { text } = records.find(({ stream }) => stream === 'config')?.value as { text: string };
    const sections = JSON.parse(text) as Record<string, unknown>;
    expect(header.types.filter((type) => !(type in sections))).toEqual([]);
  });

  it('runs no source that came after it was recorded', () => {
    const recording = { types: ['pg_health'] };
    const { entries } = replayed('quiet-hour.ndjson', recording).through(agent);
    const units = entries.flatMap((entry) => (entry.at === 'source' ? entry.unit : []));
    expect(new Set(units)).toEqual(new Set(['main/pg_health']));
  });

  it.each(recordings)('%s is small, and holds no secret and no name of the machine', (name) => {
    const url = new URL(name, folder);
    const text = readFileSync(url, 'utf8');
    expect(statSync(url).size).toBeLessThan(200_000);
    const secrets = /eyJ[\w-]+\.[\w-]+\.[\w-]+|PRIVATE KEY|X-Registration-Secret/;
    const folders = /pgdev-|scenario-\w{6}|\/work\//;
    expect(secrets.exec(text)?.[0]).toBeUndefined();
    expect(folders.exec(text)?.[0]).toBeUndefined();
    const own = [homedir(), hostname()].filter((word) => word.length > 5);
    expect(own.filter((word) => text.includes(word))).toEqual([]);
  });
});
