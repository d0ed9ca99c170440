import { readFileSync } from 'node:fs';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Builds the agent's bundle into a folder; resolves with its path. */
export async function bundle(folder: string): Promise<string> {
  const script = fileURLToPath(new URL('../scripts/build.mjs', import.meta.url));
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await promisify(execFile)(process.execPath, [script, '--outdir', folder]);
  return join(folder, 'main.js');
}

/** The environment of measured processes: extra authorities would cost each start some 80 ms on Node 20. */
export const environment: NodeJS.ProcessEnv = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !['NODE_EXTRA_CA_CERTS', 'NODE_OPTIONS'].includes(name),
  ),
);

/** How the bundle's shebang starts it: environment and Node's options. */
export function started(main: string): { env: NodeJS.ProcessEnv; options: string[] } {
  const [shebang = ''] = readFileSync(main, 'utf8').split('\n', 1);
  const words = shebang.split(' ').slice(2);
  const settings = words.filter((word) => /^[A-Z_]+=/.test(word)).map((word) => word.split('='));
  return {
    env: { ...environment, ...(Object.fromEntries(settings) as NodeJS.ProcessEnv) },
    options: words.filter((word) => word.startsWith('--')),
  };
}
