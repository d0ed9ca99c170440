import { chownSync, copyFileSync, statSync, truncateSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
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

const forMs = Number(process.env['PGANALYTICS_TORTURE_S'] ?? 16) * 1_000;
const seed = Number(process.env['PGANALYTICS_TORTURE_SEED'] ?? Date.now() % 1e6);
const elapsed = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const backends: MockBackend[] = [];
/** A backend for one agent alone. */
async function ownBackend(): Promise<MockBackend> {
  const backend = await startBackend({ schemas: registry.flatMap(({ metrics }) => metrics) });
  backends.push(backend);
  return backend;
}
afterAll(async () => {
  for (const backend of backends) await backend.stop();
});

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

const received = (backend: MockBackend): string[] =>
  backend.received
    .metrics('pg_log')
    .flatMap((metric) => metric['entries'] as { message: string }[])
    .map(({ message }) => message)
    .filter((text) => /^[ab] /.test(text));
/** Waits until what a session wrote last has arrived. */
const arrived = (backend: MockBackend, last: readonly string[]): Promise<unknown> =>
  backend.received.waitFor(() => {
    const messages = new Set(received(backend));
    return last.every((text) => messages.has(text));
  }, 90_000);
const follows = (backend: MockBackend): Promise<unknown> =>
  backend.received.waitFor((all) => all.metrics('pg_log').length > 0, 60_000);

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

  interface Follower {
    readonly format: string;
    readonly backend: MockBackend;
    readonly start: () => AgentProcess;
  }
  async function follower(format: string): Promise<Follower> {
    const backend = await ownBackend();
    const { host, port } = server();
    const sections = section(`format = "${format}"`) + silent;
    const { config } = await install({ backend, postgres: { host, port }, sections });
    return { format, backend, start: () => startAgent({ args: ['--config', config] }) };
  }
  /** Kills the agent and starts it again until then; tells how often, and resolves with the last one. */
  async function killed(
    { start }: Follower,
    first: AgentProcess,
    until: number,
    dice: () => number,
  ) {
    let agent = first;
    let kills = 0;
    while (Date.now() < until) {
      await elapsed(300 + dice() * 2_000);
      agent.signal('SIGKILL');
      await agent.ended;
      kills++;
      agent = start();
    }
    return { agent, kills };
  }
  async function rotated(until: number, dice: () => number): Promise<number> {
    let rotations = 0;
    for (; Date.now() < until; rotations++) {
      await elapsed(200 + dice() * 900);
      await server().sql('SELECT pg_rotate_logfile()');
    }
    return rotations;
  }

  it(
    'arrives line for line, each once, in every format, by agents that are killed at random moments',
    async () => {
      const followers = await Promise.all(['stderr', 'csvlog', 'jsonlog'].map(follower));
      const agents = followers.map(({ start }) => start());
      await Promise.all(followers.map(({ backend }) => follows(backend)));
      const until = Date.now() + forMs / 4;
      const sessions = ['a', 'b'];
      const [counts, rotations, ends] = await Promise.all([
        Promise.all(sessions.map((name) => write(server(), name, () => Date.now() < until))),
        rotated(until, random(seed)),
        Promise.all(followers.map((one, i) => killed(one, agents[i]!, until, random(seed + i)))),
      ]);
      const last = counts.map((count, i) => message(sessions[i] ?? '', count - 1));
      const expected = counts.flatMap((count, i) =>
        Array.from({ length: count }, (_, n) => message(sessions[i] ?? '', n)),
      );
      await Promise.all(
        followers.map(async ({ format, backend }, i) => {
          const { agent, kills } = ends[i]!;
          await arrived(backend, last);
          // All may have been there before the last one was started: without its handlers it would die of the signal.
          await agent.says(/took effect/);
          expect(await agent.stop()).toBe(0);
          const told = `${format}: seed ${seed}, ${kills} kills, ${rotations} rotations by call, ${counts.join(' + ')} messages`;
          process.stdout.write(`log torture, ${told}\n`);
          const messages = received(backend);
          const seen = new Set(messages);
          expect(
            expected.filter((text) => !seen.has(text)),
            told,
          ).toEqual([]);
          expect(messages.length, told).toBe(expected.length);
          const gaps = backend.received.metrics('pg_log').flatMap((metric) => metric['gaps'] ?? []);
          expect(gaps, told).toEqual([]);
          expect(backend.received.violations).toEqual([]);
        }),
      );
    },
    forMs + 200_000,
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
      const backend = await ownBackend();
      const { config } = await install({ backend, postgres: { host, port }, sections });
      const agent = startAgent({ args: ['--config', config] });
      await follows(backend);
      let enough = Infinity;
      let done = false;
      const writing = write(server(), 'a', (written) => {
        // Two blocks behind the last emptying: what is missing is counted between lines of a session.
        if (done) enough = Math.min(enough, written + 400);
        return written < enough;
      });
      // So is what is heard of a session from its start on.
      await arrived(backend, [message('a', 0)]);
      const until = Date.now() + forMs / 4;
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
      await arrived(backend, [message('a', count - 1)]);
      expect(await agent.stop()).toBe(0);
      const metrics = backend.received.metrics('pg_log');
      const lost = metrics.reduce((sum, metric) => sum + Number(metric['lost_lines'] ?? 0), 0);
      const gaps = metrics.flatMap((metric) => (metric['gaps'] ?? []) as { reason: string }[]);
      const told = `seed ${seed}, emptied ${copies} times, ${count} messages, ${lost} lost`;
      process.stdout.write(`log torture, copytruncate: ${told}\n`);
      const messages = received(backend);
      expect(new Set(messages).size, told).toBe(messages.length);
      expect(count - messages.length, told).toBe(lost);
      expect(gaps.length, told).toBeGreaterThan(0);
      expect(gaps.every(({ reason }) => reason === 'truncated')).toBe(true);
      expect(backend.received.violations).toEqual([]);
    },
    forMs + 120_000,
  );
});
