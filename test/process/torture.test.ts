import { appendFile, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Fault } from '../../dev/backend/faults.ts';
import { type MockBackend, startBackend } from '../../dev/backend/startBackend.ts';
import { type FileHeader, readHeaderLine } from '../../src/io/spool/headerLine.ts';
import { byPlace, placeOf } from '../../src/io/spool/place.ts';
import { sumOf } from '../../src/schema/json.ts';
import { registry } from '../../src/sources/registry.ts';
import { type AgentProcess, startAgent } from '../support/agentProcess.ts';
import { type Installation, install } from '../support/installation.ts';
import { random } from '../support/random.ts';

/*
 * The built agent is killed at random moments, while the backend fails in every way, and must lose no log line and store
 * nothing twice. PGANALYTICS_TORTURE_S: how long, in seconds; PGANALYTICS_TORTURE_SEED: repeats the moments.
 */

const forMs = Number(process.env['PGANALYTICS_TORTURE_S'] ?? 12) * 1_000;
const seed = Number(process.env['PGANALYTICS_TORTURE_SEED'] ?? Date.now() % 1e6);
const faults: readonly Fault[] = [
  { kind: 'lost' },
  { kind: 'cut' },
  { kind: 'reset' },
  { kind: 'status', status: 503, body: { message: 'busy' } },
  { kind: 'delay', ms: 300 },
];

const elapsed = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let backend: MockBackend;
let installed: Installation;
let logDirectory: string;
beforeAll(async () => {
  backend = await startBackend({ schemas: registry.flatMap(({ metrics }) => metrics) });
  installed = await install({ backend, postgres: { host: '127.0.0.1', port: 1 }, sections: '' });
  logDirectory = join(installed.folder, 'log');
  await mkdir(logDirectory);
  const section = `[pg_log]\ninterval = 1\ndirectory = "${logDirectory}"\nformat = "jsonlog"\nstart_at = "beginning"\n`;
  const others = ['sysstat', 'agent'].map((type) => `[${type}]\ninterval = 1\n`).join('');
  await writeFile(installed.config, installed.text(section + others), { mode: 0o600 });
});
afterAll(() => backend.stop());

/** The headers that are in the spool or on one of its shelves, the newest last; only while no agent runs. */
async function headers(shelf = ''): Promise<FileHeader[]> {
  const folder = join(installed.stateDir, 'spool', shelf);
  const names = await readdir(folder).catch(() => []);
  const places = names.flatMap((name) => {
    const place = placeOf(name);
    return place ? [{ name, place }] : [];
  });
  places.sort((a, b) => byPlace(a.place, b.place));
  const found: FileHeader[] = [];
  for (const { name } of places) {
    const head = readHeaderLine(await readFile(join(folder, name)));
    if (typeof head === 'string') throw new Error(`${name} is ${head}`);
    found.push(head.header);
  }
  return found;
}

describe('the agent under torture', () => {
  it(
    'loses no log line and stores nothing twice, killed at random moments',
    async () => {
      const dice = random(seed);
      let written = 0;
      const write = async (): Promise<void> => {
        const lines = Array.from({ length: 3 }, () =>
          JSON.stringify({
            timestamp: `${new Date().toISOString().replace('T', ' ').slice(0, 23)} UTC`,
            pid: 7,
            error_severity: 'ERROR',
            message: `line ${written++}`,
          }),
        );
        await appendFile(join(logDirectory, 'postgresql.json'), `${lines.join('\n')}\n`);
      };
      await write();
      let writing = Promise.resolve();
      const writer = setInterval(() => {
        writing = writing.then(write);
      }, 120);
      const spooled = new Set<string>();
      let kills = 0;
      let unclean = 0;
      const until = Date.now() + forMs;
      const note = async (): Promise<void> => {
        for (const { id } of await headers()) spooled.add(id);
      };
      const start = (): AgentProcess => startAgent({ args: ['--config', installed.config] });
      while (Date.now() < until) {
        const agent = start();
        await agent.says(/took effect/, 60_000);
        for (let i = 0; i < 2; i++) {
          const fault = faults[Math.floor(dice() * faults.length)];
          if (fault) backend.faults.add('push', fault);
        }
        // Mostly soon, so that there are many; sometimes late enough for an answer that was waited for.
        await elapsed(200 + dice() ** 2 * 3_000);
        agent.signal('SIGKILL');
        await agent.ended;
        kills++;
        if (agent.stderr().includes('unclean_shutdown')) unclean++;
        await note();
      }
      clearInterval(writer);
      await writing.then(write);
      backend.faults.clear();

      const last = start();
      await backend.received.waitFor(
        (received) =>
          received
            .metrics('pg_log')
            .flatMap(entriesOf)
            .includes(`line ${written - 1}`),
        60_000,
      );
      expect(await last.stop()).toBe(0);
      if (last.stderr().includes('unclean_shutdown')) unclean++;
      const told = `seed ${seed}, ${kills} kills, ${written} lines, ${backend.received.totals.replays} replays`;
      process.stdout.write(`torture: ${told}\n`);

      const lines = backend.received.metrics('pg_log').flatMap(entriesOf);
      expect(lines.length, told).toBe(written);
      expect(new Set(lines).size, told).toBe(written);
      expect(backend.received.duplicates(), told).toEqual([]);
      const keys = backend.received.pushes.map(({ request }) => request.idempotencyKey ?? '');
      expect(new Set(keys).size, told).toBe(keys.length);
      // Whose answers were lost again and again stands apart, to be tried every hour; most of them are stored already.
      const suspects = await headers('suspect');
      const apart = new Set(suspects.map(({ id }) => id));
      const missing = [...spooled].filter(
        (id) => !apart.has(id) && !keys.some((key) => key === id || key.startsWith(`${id}.`)),
      );
      expect(missing, told).toEqual([]);
      expect(unclean, told).toBeGreaterThan(0);
      expect(backend.received.violations).toEqual([]);

      // The books over all runs: what ever became durable is stored, metric for metric, or stands apart.
      const { ledger } = [...(await headers()), ...suspects].sort(bySequence).at(-1)!;
      const unsent = suspects.filter(({ id }) => !keys.includes(id));
      const metricsOf = (found: readonly FileHeader[]): number =>
        found.reduce((sum, { counts }) => sum + sumOf(counts), 0);
      expect(ledger.spooled - metricsOf(unsent), told).toBe(backend.received.totals.metrics);
      expect(ledger.set_aside, told).toBeLessThanOrEqual(metricsOf(suspects));
      expect(ledger.dropped, told).toBe(0);
      expect(last.stderr()).toMatch(/buffered 0, spooled 0, .*dropped 0/);
    },
    forMs + 120_000,
  );
});

const bySequence = (a: FileHeader, b: FileHeader): number => a.sequence - b.sequence;

const entriesOf = (metric: Readonly<Record<string, unknown>>): string[] =>
  (metric['entries'] as { message: string }[]).map(({ message }) => message);
