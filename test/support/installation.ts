import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MockBackend } from '../../dev/backend/startBackend.ts';
import type { DevPostgres } from '../../dev/postgres.ts';
import { newFolder } from './agentProcess.ts';

export interface InstallationOptions {
  readonly backend: MockBackend;
  /** Default: no server is configured. */
  readonly postgres?: Pick<DevPostgres, 'host' | 'port'>;
  /** Lines of `[collector]`, beside short intervals. */
  readonly collector?: string;
  /** Lines of `[backend]`. */
  readonly toBackend?: string;
  /** Lines of `[auth]` in the place of the registration secret. */
  readonly auth?: string;
  /** Lines of `[tls]` in the place of the backend's authority. */
  readonly tls?: string;
  /** Default: `postgres`. */
  readonly user?: string;
  /** Lines of `[[postgres]]`. */
  readonly server?: string;
  /** Sections behind the others. */
  readonly sections?: string;
}

/** A configured collector on this host, with a state of its own. */
export interface Installation {
  readonly folder: string;
  /** The configuration file. */
  readonly config: string;
  readonly stateDir: string;
  /** The file's text with other sections, atomically in the place of the present one. */
  readonly rewrite: (sections: string) => Promise<void>;
  readonly text: (sections?: string) => string;
}

/** Writes a configuration and its secrets into a new folder, as an administrator would; all intervals are short. */
export async function install(options: InstallationOptions): Promise<Installation> {
  const { backend, postgres } = options;
  const folder = await newFolder();
  const secret = join(folder, 'registration.secret');
  const config = join(folder, 'collector.toml');
  const stateDir = join(folder, 'state');
  await mkdir(stateDir, { mode: 0o700 });
  await writeFile(secret, `${backend.registrationSecret}\n`, { mode: 0o600 });
  const tls =
    options.tls ??
    (backend.url.startsWith('https:') ? `ca_file = "${await backend.caFile()}"` : '');
  const text = (sections = options.sections ?? ''): string => `
[collector]
state_dir = "${stateDir}"
push_interval = 1
config_pull_interval = 1
${options.collector ?? ''}
[backend]
url = "${backend.url}"
timeout = 2
${options.toBackend ?? ''}
[auth]
${options.auth ?? `registration_secret_file = "${secret}"`}
[tls]
${tls}
${
  postgres === undefined
    ? ''
    : `[[postgres]]\nhost = "${postgres.host}"\nport = ${postgres.port}\nuser = "${options.user ?? 'postgres'}"\n${withBudget(options.server)}`
}
${sections}
`;
  const write = async (path: string, content: string): Promise<void> => {
    await writeFile(path, content, { mode: 0o600 });
  };
  await write(config, text());
  return {
    folder,
    config,
    stateDir,
    text,
    rewrite: async (sections) => {
      await write(`${config}.new`, text(sections));
      await rename(`${config}.new`, config);
    },
  };
}

/** On a busy machine the usual budget would stretch the intervals that a test waits for. */
const withBudget = (lines = ''): string =>
  lines.includes('budget') ? lines : `budget = 100\n${lines}`;
