import { readFile, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type DevPostgres, startPostgres } from '../../../../dev/postgres.ts';
import { eventOf } from '../../../../src/postgres/logs/events/eventOf.ts';
import { compilePrefix } from '../../../../src/postgres/logs/prefix/prefix.ts';
import { scanLine } from '../prefix/scanLine.ts';
import { ask } from './provoke/ask.ts';
import { configuration } from './provoke/configuration.ts';
import { crash, damage, damagedIndexes, orphans } from './provoke/damage.ts';
import { entries } from './provoke/entries.ts';
import { locks } from './provoke/locks.ts';
import {
  descriptors,
  oldCrash,
  restoring,
  second,
  tls,
  worker,
  wraparound,
} from './provoke/rare.ts';
import { replication } from './provoke/replication.ts';
import { settings } from './provoke/settings.ts';
import { failing, quiet } from './provoke/statements.ts';
import { givingWay, timeouts } from './provoke/timeouts.ts';
import { walSenders } from './provoke/walSenders.ts';

// Lets real servers write a message of each class, and keeps the first of each in samples.ndjson:
//   npx tsx test/postgres/logs/events/generate.ts [STEP...]
// What is of no known class is printed. Samples of classes that this run did not see stay.

const hba = `host all nobody_password 127.0.0.1/32 scram-sha-256
host all rejected 127.0.0.1/32 reject
host postgres nohba 10.0.0.0/8 trust
host all identified 127.0.0.1/32 ident
host all postgres 127.0.0.1/32 trust
host all limited,mayenter 127.0.0.1/32 trust
host replication postgres 127.0.0.1/32 trust
host all missing,nologin 127.0.0.1/32 trust`;

interface Sample {
  readonly event: string;
  readonly major: number;
  readonly line: string;
}

const samples = new Map<string, Sample>();
const strangers = new Set<string>();
const compiled = compilePrefix(settings.log_line_prefix);

/** Keeps the first message of each class that a server wrote. */
async function keep(server: DevPostgres, major = 18): Promise<void> {
  const files = (await readdir(server.logDirectory)).map((name) => join(server.logDirectory, name));
  // What comes before the collector.
  for (const file of [join(dirname(server.dataDirectory), 'start.log'), ...files]) {
    const text = await readFile(file, 'utf8');
    for (const line of text.split('\n')) {
      const found = scanLine(compiled, line);
      const level = found?.severity.meaning?.level;
      if (!found || !level) continue;
      const event = eventOf(level, Buffer.from(found.text), found.fields.e);
      const plain = line.replaceAll(tmpdir(), '/tmp').replace(/pgdev-\w+/g, 'pg');
      if (event === undefined) {
        if (level !== 'DEBUG') strangers.add(plain.slice(33));
      } else if (!samples.has(event)) {
        samples.set(event, { event, major, line: plain.slice(0, 600) });
      }
    }
  }
}

const steps: readonly [string, (server: DevPostgres) => Promise<void>][] = [
  ['quiet', (server) => ask(server, quiet)],
  ['failing', (server) => ask(server, failing)],
  ['timeouts', timeouts],
  ['givingWay', givingWay],
  ['locks', locks],
  ['entries', entries],
  ['configuration', configuration],
  ['replication', (server) => replication(server, keep)],
  ['walSenders', walSenders],
  ['second', second],
  ['tls', tls],
  ['worker', worker],
  ['descriptors', descriptors],
  ['wraparound', (server) => wraparound(server, keep)],
  ['oldCrash', (server) => oldCrash(server, keep)],
  ['restoring', restoring],
  ['damage', damage],
  ['damagedIndexes', damagedIndexes],
  ['crash', crash],
  ['orphans', orphans],
];

async function main(wanted: readonly string[]): Promise<void> {
  const file = fileURLToPath(new URL('samples.ndjson', import.meta.url));
  const server = await startPostgres({ settings, hba });
  try {
    for (const [name, work] of steps) {
      if (wanted.length > 0 && name !== 'quiet' && !wanted.includes(name)) continue;
      const late = wait(60_000).then(() => Promise.reject(new Error('took too long')));
      await Promise.race([work(server), late]).catch((error: unknown) => {
        console.error(name, error);
      });
      console.log(`${name} is done`);
    }
    await wait(1500);
    await keep(server);
  } finally {
    await server.stop().catch(() => undefined);
  }
  for (const line of (await readFile(file, 'utf8')).trimEnd().split('\n')) {
    const before = JSON.parse(line) as Sample;
    if (!samples.has(before.event)) samples.set(before.event, before);
  }
  const lines = [...samples.values()].sort((a, b) => (a.event < b.event ? -1 : 1));
  await writeFile(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  console.log(`${lines.length} classes; of none:\n${[...strangers].slice(0, 200).join('\n')}`);
}

process.on('unhandledRejection', (error) => {
  console.error(error);
});
await main(process.argv.slice(2));
process.exit();
