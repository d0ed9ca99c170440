import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** The agent as an executable file, with its parts beside it, built from the sources under test; for `node <bundle> …`. */
    bundle: string;
  }
}

const build = fileURLToPath(new URL('../../scripts/build.mjs', import.meta.url));

/** Builds the agent once for all test files that start it as a process; they get its path by `inject('bundle')`. */
export default async function globalSetup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'pganalytics-bundle-'));
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  const bundle = join(folder, 'main.js');
  try {
    await promisify(execFile)(process.execPath, [build, '--outdir', folder]);
  } catch (error) {
    // Only the tests that start the agent as a process shall fail, and say why.
    await writeFile(bundle, `throw new Error(${JSON.stringify(String(error))});`);
  }
  project.provide('bundle', bundle);
  return () => rm(folder, { recursive: true, force: true });
}
