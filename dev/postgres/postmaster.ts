import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { owner } from './owner.ts';

/** Where a server lives and how it is reached. */
export interface Place {
  /** Holds `data`, the socket folder `s` and the start log. */
  readonly folder: string;
  readonly bin: string;
  readonly port: number;
}

/** Raised where the port was taken by somebody else in the meantime. */
export class PortTakenError extends Error {}

const startDeadlineMs = 60_000;
const environment = { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' };

/** A client through the server's socket, which no `pg_hba.conf` of a test closes to `postgres`. Not yet connected. */
export function client(place: Place, database = 'postgres', user = 'postgres'): pg.Client {
  const made = new pg.Client({
    host: join(place.folder, 's'),
    port: place.port,
    user,
    database,
    ssl: false,
    application_name: 'dev',
  });
  // Without a listener a stopped server would end the process that holds the client.
  made.on('error', () => undefined);
  return made;
}

/** Runs one of the binaries to its end, as the servers' owner. */
export async function runBinary(bin: string, name: string, args: readonly string[], cwd: string) {
  const child = spawn(join(bin, name), args, {
    ...owner(),
    cwd,
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  if (code !== 0) throw new Error(`${name} failed: ${said}`);
}

/** Starts the server process; resolves with the first connection that works. */
export async function startPostmaster(place: Place): Promise<ChildProcess> {
  const log = join(place.folder, 'start.log');
  const output = openSync(log, 'a');
  // A process group of its own: Ctrl-C is for us, and we decide what it means for the server.
  const child = spawn(join(place.bin, 'postgres'), ['-D', join(place.folder, 'data')], {
    ...owner(),
    cwd: place.folder,
    env: environment,
    detached: true,
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  child.unref();
  let failure: Error | undefined;
  child.once('error', (error) => (failure = error));
  child.once('exit', () => {
    const said = readFileSync(log, 'utf8');
    failure = said.includes('could not bind')
      ? new PortTakenError(said)
      : new Error(`PostgreSQL did not start: ${said}`);
  });
  const deadline = Date.now() + startDeadlineMs;
  for (;;) {
    if (failure) throw failure;
    const probe = client(place);
    try {
      await probe.connect();
      await probe.end();
      return child;
    } catch (error) {
      if (Date.now() > deadline) {
        child.kill('SIGKILL');
        throw new Error('PostgreSQL did not accept a connection in time', { cause: error });
      }
    }
    await sleep(15);
  }
}

/** Ends the server process: a fast shutdown, an immediate one after 10 s, SIGKILL after 5 s more. */
export async function stopPostmaster(child: ChildProcess): Promise<void> {
  const ended = new Promise<void>((resolve) => void child.once('exit', () => resolve()));
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGINT');
  const harder = setTimeout(() => child.kill('SIGQUIT'), 10_000);
  const hardest = setTimeout(() => child.kill('SIGKILL'), 15_000);
  await ended;
  clearTimeout(harder);
  clearTimeout(hardest);
}
