import { chownSync, copyFileSync, statSync, truncateSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MockBackend, startBackend } from '../../dev/backend/startBackend.ts';
import type { DevPostgres } from '../../dev/postgres.ts';
import { registry } from '../../src/sources/registry.ts';
import { type AgentProcess, startAgent } from '../support/agentProcess.ts';
import { install } from '../support/installation.ts';
import { withPostgres } from '../support/postgres.ts';
import { random } from '../support/random.ts';

/*
 * A server writes its log at full speed and changes its files all the time, while the built agent is killed at random
 * moments: every line arrives once. PGANALYTICS_TORTURE_S: how long in all, in seconds; PGANALYTICS_TORTURE_SEED: repeats
 * the moments.
 */

const forMs = Number(process.env['PGANALYTICS_TORTURE_S'] ?? 20) * 1_000;
const seed = Number(process.env['PGANALYTICS_TORTURE_SEED'] ?? Date.now() % 1e6);
const elapsed = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let backend: MockBackend;
beforeAll(async () => {
  backend = await startBackend({ schemas: registry.flatMap(({ metrics }) => metrics) });
});
afterAll(() => backend.stop());

const section = (lines: string): string =>
  `[privacy]\nredact = "none"\n[pg_log]\ninterval = 1\nmax_per_second = 100000\nmax_entries = 5000\nevents = []\n${lines}\n`;
const silent = [...new Set(registry.map(({ type }) => type))]
  .filter((type) => type !== 'pg_log')
  .map((type) => `[${type}]\nenabled = false\n`)
  .join('');

/** What one session writes: lines of many lengths, with further lines and characters of several bytes. */
const message = (session: string, n: number): string =>
  `${session} ${n} \u00e9\u20ac\n\tsecond\n${'x'.repeat((n * 7) % 900)}|`;
const block = (session: string, from: number, to: number): string =>
  `DO $$ BEGIN FOR n IN ${from}..${to} LOOP
     RAISE WARNING E'% % \u00e9\u20ac\\n\\tsecond\\n%|', '${session}', n, repeat('x', (n * 7) % 900);
   END LOOP; END $$`;

/** Writes as long as `goesOn`, at full speed for a moment, then none for one; tells how many messages. */
async function write(
  postgres: DevPostgres,
  session: string,
  goesOn: (written: number) => boolean,
): Promise<number> {
  const client = await postgres.connect();
  let written = 0;
  try {
    while (goesOn(written)) {
      await client.query(block(session, written, written + 199));
      written += 200;
      await elapsed(60);
    }
  } finally {
    await client.end();
  }
  return written;
}

const received = (from: number): string[] =>
  backend.received
    .metrics('pg_log')
    .slice(from)
    .flatMap((metric) => metric['entries'] as { message: string }[])
    .map(({ message }) => message)
    .filter((text) => /^[ab]\d /.test(text));
/** Waits until what a session wrote last has arrived. */
const arrived = (last: readonly string[], from: number): Promise<unknown> =>
  backend.received.waitFor(() => {
    const messages = new Set(received(from));
    return last.every((text) => messages.has(text));
  }, 90_000);

describe('a log whose files the server changes', () => {
  const server = withPostgres({
    settings: {
      logging_collector: 'on',
      log_destination: 'stderr,csvlog,jsonlog',
      log_filename: 'pg-%M%S.log',
      log_rotation_size: '256kB',
      log_error_verbosity: 'terse',
      log_truncate_on_rotation: 'on',
    },
  });

  it.each(['stderr', 'csvlog', 'jsonlog'])(
    'arrives line for line, each once, as %s, by an agent that is killed at random moments',
    async (format) => {
      const dice = random(seed);
      const { host, port } = server();
      const sections = section(`format = "${format}"`) + silent;
      const { config } = await install({ backend, postgres: { host, port }, sections });
      const start = (): AgentProcess => startAgent({ args: ['--config', config] });
      const from = backend.received.metrics('pg_log').length;
      let agent = start();
      await backend.received.waitFor((all) => all.metrics('pg_log').length > from, 30_000);
      const until = Date.now() + forMs / 5;
      const sessions = ['a', 'b'].map((name) => `${name}${format.length}`);
      const writing = Promise.all(
        sessions.map((name) => write(server(), name, () => Date.now() < until)),
      );
      let kills = 0;
      let rotations = 0;
      const rotate = async (): Promise<void> => {
        while (Date.now() < until) {
          await elapsed(200 + dice() * 900);
          await server().sql('SELECT pg_rotate_logfile()');
          rotations++;
        }
      };
      const rotating = rotate();
      while (Date.now() < until) {
        await elapsed(300 + dice() * 2_000);
        agent.signal('SIGKILL');
        await agent.ended;
        kills++;
        agent = start();
      }
      const counts = await writing;
      await rotating;
      await agent.says(/took effect/);
      await arrived(
        counts.map((count, i) => message(sessions[i] ?? '', count - 1)),
        from,
      );
      expect(await agent.stop()).toBe(0);
      const told = `seed ${seed}, ${kills} kills, ${rotations} rotations by call, ${counts.join(' + ')} messages`;
      process.stdout.write(`log torture, ${format}: ${told}\n`);
      const expected = counts.flatMap((count, i) =>
        Array.from({ length: count }, (_, n) => message(sessions[i] ?? '', n)),
      );
      const messages = received(from);
      const seen = new Set(messages);
      expect(
        expected.filter((text) => !seen.has(text)),
        told,
      ).toEqual([]);
      expect(messages.length, told).toBe(expected.length);
      const gaps = backend.received.metrics('pg_log').flatMap((metric) => metric['gaps'] ?? []);
      expect(gaps, told).toEqual([]);
      expect(backend.received.violations).toEqual([]);
    },
    forMs + 120_000,
  );
});

describe('a log that others copy and empty while it is written', () => {
  const server = withPostgres({
    settings: { log_line_prefix: '%m [%p] %l ', log_error_verbosity: 'terse' },
  });

  it(
    'is found without being configured, and what is missing is what was counted',
    async () => {
      const dice = random(seed);
      const { host, port, dataDirectory } = server();
      const folder = dirname(dataDirectory);
      const log = join(folder, 'start.log');
      const { uid, gid } = statSync(folder);
      chownSync(log, uid, gid);
      const sections = section('') + silent;
      const { config } = await install({ backend, postgres: { host, port }, sections });
      const from = backend.received.metrics('pg_log').length;
      const agent = startAgent({ args: ['--config', config] });
      await backend.received.waitFor((all) => all.metrics('pg_log').length > from, 30_000);
      let enough = Infinity;
      let done = false;
      const writing = write(server(), 'a0', (written) => {
        // Two blocks behind the last emptying: what is missing is counted between lines of a session.
        if (done) enough = Math.min(enough, written + 400);
        return written < enough;
      });
      // So is what is heard of a session from its start on.
      await arrived([message('a0', 0)], from);
      const until = Date.now() + forMs / 5;
      let copies = 0;
      while (Date.now() < until - 500) {
        await elapsed(200 + dice() * 800);
        // Sometimes the copy is packed before anybody could read it.
        if (dice() < 0.5) copyFileSync(log, `${log}.1`);
        truncateSync(log);
        copies++;
      }
      done = true;
      const count = await writing;
      await arrived([message('a0', count - 1)], from);
      expect(await agent.stop()).toBe(0);
      const metrics = backend.received.metrics('pg_log').slice(from);
      const lost = metrics.reduce((sum, metric) => sum + Number(metric['lost_lines'] ?? 0), 0);
      const gaps = metrics.flatMap((metric) => (metric['gaps'] ?? []) as { reason: string }[]);
      const told = `seed ${seed}, emptied ${copies} times, ${count} messages, ${lost} lost`;
      process.stdout.write(`log torture, copytruncate: ${told}\n`);
      const messages = received(from);
      expect(new Set(messages).size, told).toBe(messages.length);
      expect(count - messages.length, told).toBe(lost);
      expect(gaps.length, told).toBeGreaterThan(0);
      expect(gaps.every(({ reason }) => reason === 'truncated')).toBe(true);
      expect(backend.received.violations).toEqual([]);
    },
    forMs + 120_000,
  );
});
