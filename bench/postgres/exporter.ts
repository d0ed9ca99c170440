import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { join } from 'node:path';
import { freePort } from '../../dev/postgres/freePort.ts';
import type { DevPostgres } from '../../dev/postgres.ts';
import { environment } from '../bundle.ts';
import { pause } from '../processes.ts';
import { database } from './catalog.ts';

const binary = '/usr/bin/prometheus-postgres-exporter';
/** As Debian ships it. */
const examples = '/usr/share/doc/prometheus-postgres-exporter/examples/queries.yaml';

/** prometheus-postgres-exporter of Debian with its default collectors, and with its own two queries of user tables. */
export interface Exporter {
  readonly pid: number;
  /** Scrapes once; the bytes of the answer. */
  readonly scrape: () => Promise<number>;
  readonly stop: () => Promise<unknown>;
}

/** Why it cannot be compared with; undefined where it can. */
export const missing = (): string | undefined =>
  existsSync(binary) && existsSync(examples)
    ? undefined
    : 'prometheus-postgres-exporter is not installed (apt-get install prometheus-postgres-exporter)';

/** Its version has no collector for user tables: its example queries do what later ones have built in. */
export async function startExporter(folder: string, postgres: DevPostgres): Promise<Exporter> {
  const queries = join(folder, 'queries.yaml');
  const sections = readFileSync(examples, 'utf8').split(/\n(?=\w)/);
  const wanted = sections.filter((text) => /^pg_stat(io)?_user_tables:/.test(text));
  await writeFile(queries, wanted.join('\n'));
  const port = await freePort();
  const child = spawn(
    binary,
    [`--web.listen-address=127.0.0.1:${port}`, `--extend.query-path=${queries}`],
    {
      env: {
        ...environment,
        DATA_SOURCE_NAME: `postgresql://postgres@127.0.0.1:${postgres.port}/${database}?sslmode=disable`,
      },
      stdio: 'ignore',
    },
  );
  const ended = once(child, 'exit');
  const scrape = (): Promise<number> =>
    new Promise((resolve, reject) => {
      get(`http://127.0.0.1:${port}/metrics`, (answer) => {
        let bytes = 0;
        answer.on('data', (chunk: Buffer) => (bytes += chunk.length));
        answer.on('end', () => resolve(bytes));
        answer.on('error', reject);
      }).on('error', reject);
    });
  for (let attempt = 0; ; attempt++) {
    try {
      await scrape();
      break;
    } catch (error) {
      if (attempt === 50 || child.exitCode !== null) throw error;
      await pause(100);
    }
  }
  return {
    pid: child.pid ?? 0,
    scrape,
    stop: () => {
      child.kill('SIGKILL');
      return ended;
    },
  };
}
