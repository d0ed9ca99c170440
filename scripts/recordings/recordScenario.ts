import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, release, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { NEVER, ReplaySubject, lastValueFrom } from 'rxjs';
import { startBackend } from '../../dev/backend/startBackend.ts';
import { type DevPostgres, startPostgres } from '../../dev/postgres.ts';
import { agentRun } from '../../src/commands/agentRun.ts';
import { type Opened, opened } from '../../src/commands/opened.ts';
import { recorded } from '../../src/commands/recorded.ts';
import type { World } from '../../src/commands/world.ts';
import { registry } from '../../src/sources/registry.ts';
import type { Scenario, Stage } from './scenario.ts';

/** Bound of a recording in the repository, in bytes. */
const MAX_BYTES = 200_000;

/** Lets a scenario happen to real servers and records the agent that watches them. */
export async function recordScenario(scenario: Scenario, file: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'scenario-'));
  const kept: DevPostgres[] = [];
  const places = new Map([
    [folder, '/scenario'],
    [release(), '6.1.0'],
    [cpus()[0]?.model ?? 'none', 'processor'],
    ...(await controlGroups()),
  ]);
  const keep = (server: DevPostgres): DevPostgres => {
    kept.push(server);
    places.set(dirname(server.dataDirectory), `/postgres/${kept.length}`);
    return server;
  };
  const backend = await startBackend(scenario.backend);
  try {
    const server = await startPostgres(scenario.postgres);
    places.set(dirname(server.dataDirectory), '/postgres/0');
    try {
      const stage: Stage = { server, backend, keep, kept, wait };
      const secret = join(folder, 'secret');
      await writeFile(secret, backend.registrationSecret, { mode: 0o600 });
      const config = join(folder, 'collector.toml');
      const servers = (await scenario.before?.(stage)) ?? '';
      const text = configText(scenario, {
        folder,
        secret,
        server,
        url: backend.url,
        caFile: await backend.caFile(),
      });
      await writeFile(config, text + servers, { mode: 0o600 });
      if (scenario.registered)
        await run(
          config,
          () => wait(2_000),
          (_, all, work) => work(all),
        );
      const choice = { file, maxBytes: MAX_BYTES, scenario: scenario.says, places };
      await run(
        config,
        () => scenario.during(stage),
        (world, all, work) => recorded(choice, world, all, work),
      );
      // Folders of servers that were started meanwhile: the recorder could not know them.
      const recording = (await readFile(file, 'utf8')).replace(/\/pgdev-\w{6}/g, '/postgres');
      await writeFile(file, recording);
    } finally {
      for (const each of [...kept].reverse()) await each.stop();
      await server.stop();
    }
  } finally {
    await backend.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The control groups of this process and those above them: their names tell of the machine. */
async function controlGroups(): Promise<readonly (readonly [string, string])[]> {
  const text = await readFile('/proc/self/cgroup', 'utf8').catch(() => '');
  return [...text.matchAll(/^\d+:[^:]*:\/(.+)$/gm)].flatMap(([, group = '']) => {
    const names = group.split('/');
    return names.map((_, last) => {
      const above = names.slice(0, last + 1);
      return [`/${above.join('/')}`, `/${above.map((_, n) => `group${n + 1}`).join('/')}`] as const;
    });
  });
}

type Around = (
  world: World,
  all: Opened,
  work: (all: Opened) => ReturnType<typeof agentRun>,
) => ReturnType<typeof agentRun>;

/** Runs the agent while something happens, and then to its clean end. */
async function run(config: string, during: () => Promise<void>, around: Around): Promise<void> {
  const stop$ = new ReplaySubject<void>(1);
  const world: World = {
    stop$,
    reload$: NEVER,
    log: {
      write: ({ level, unit, message }) => {
        if (process.env['VERBOSE']) console.error(`  ${level} ${unit}: ${message}`);
      },
      configure: () => undefined,
    },
    output: {
      skipped: () => undefined,
      write: () => undefined,
      print: () => undefined,
      width: () => 100,
      isTerminal: false,
    },
    environment: process.env,
  };
  const ended = lastValueFrom(
    opened(world, config, { backend: true }, (all) =>
      around(world, all, (within) =>
        agentRun({
          world,
          file: config,
          opened: within,
          outlet: 'backend',
          pulledStore: within.ports.pulledStore,
        }),
      ),
    ),
    { defaultValue: null },
  );
  try {
    await Promise.race([during(), ended]);
  } finally {
    stop$.next();
    await ended;
  }
}

interface Texts {
  readonly folder: string;
  readonly secret: string;
  readonly server: DevPostgres;
  readonly url: string;
  readonly caFile: string;
}

function configText(scenario: Scenario, { folder, secret, server, url, caFile }: Texts): string {
  const types = new Set(registry.map(({ type }) => type));
  const sections = [...types].map((type) => {
    const keys = scenario.sections[type];
    return `[${type}]\n${keys ?? 'enabled = false'}\n`;
  });
  return `
[collector]
hostname = "db1"
state_dir = "${folder}/state"
push_interval = 4
${scenario.collector ?? 'config_pull_interval = 60'}
[backend]
url = "${url}"
[auth]
registration_secret_file = "${secret}"
[tls]
ca_file = "${caFile}"
${sections.join('')}
[[postgres]]
name = "main"
host = "${server.host}"
port = ${server.port}
user = "${server.user}"
`;
}
