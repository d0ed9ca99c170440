/**
 * Builds the agent: `node scripts/build.mjs [--outdir DIR]`, default `dist`. It is `main.js` and, in `parts`, what that loads
 * when it is first asked for: only the text of what runs is compiled and stays in memory, and the first line of the log
 * waits for the least of it.
 *
 * The shebang keeps the heap small: a collector allocates little and lives long (see src/io/enginePace.ts), and this cuts its
 * resident memory for half a percent of a core.
 */
import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values } = parseArgs({
  options: { outdir: { type: 'string', default: join(root, 'dist') } },
});
const outdir = resolve(values.outdir);
const main = join(outdir, 'main.js');
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));

/**
 * Modules of Node are loaded when something of them is first used: as imports of one file, all would be loaded before its
 * first line. That is a third of the start. What a module exports is what it exports in the Node that builds.
 */
const builtinsWhenUsed = {
  name: 'builtins-when-used',
  setup(plugins) {
    const names = new Set(builtinModules);
    plugins.onResolve({ filter: /^(node:)?[a-z0-9_/]+$/ }, ({ path }) => {
      const name = path.replace(/^node:/, '');
      return names.has(name) ? { path: name, namespace: 'builtin' } : undefined;
    });
    plugins.onLoad({ filter: /.*/, namespace: 'builtin' }, async ({ path }) => {
      const { default: builtin } = await import(`node:${path}`);
      // A function is called or extended itself, and `process` is there anyway: nothing stands for these.
      if (typeof builtin === 'function' || path === 'process') {
        return { contents: `module.exports = process.getBuiltinModule('node:${path}');` };
      }
      const contents = `for (const name of ${JSON.stringify(Object.keys(builtin))}) {
        Object.defineProperty(exports, name, { enumerable: true, get: () => process.getBuiltinModule('node:${path}')[name] });
      }`;
      return { contents };
    });
  },
};

/**
 * What packages have for work that is never asked of them here. It stands empty, as axios itself has it for browsers:
 * requests from a browser, by `fetch`, of forms (with tables of MIME types larger than axios), by way of a proxy, and with
 * redirects; logs written by a thread.
 */
const withoutUnused = {
  name: 'without-unused',
  setup(plugins) {
    plugins.onResolve({ filter: /^(https-proxy-agent|follow-redirects|thread-stream)$/ }, () => ({
      path: 'unused',
      namespace: 'unused',
    }));
    plugins.onLoad({ filter: /.*/, namespace: 'unused' }, () => ({
      contents: 'module.exports = {};',
    }));
    const ofAxios = /[\\/]axios[\\/]lib[\\/](adapters[\\/](xhr|fetch)|.*classes[\\/]FormData)\.js$/;
    plugins.onLoad({ filter: ofAxios }, () => ({
      contents: 'export const getFetch = null; export default null;',
    }));
    plugins.onLoad({ filter: /[\\/]axios[\\/]lib[\\/]utils\.js$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const contents = text.replace(/= typeof G\.FormData[^;]*;/, '= undefined;');
      if (contents === text) throw new Error(`${path}: asks for FormData elsewhere now`);
      return { contents };
    });
  },
};

const shebang =
  '#!/usr/bin/env -S MALLOC_ARENA_MAX=1 MALLOC_TRIM_THRESHOLD_=131072 node --max-semi-space-size=2 --v8-pool-size=1';

await rm(join(outdir, 'parts'), { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: ['src/main.ts'],
  outdir,
  entryNames: 'main',
  chunkNames: 'parts/[name]-[hash]',
  bundle: true,
  splitting: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  mainFields: ['module', 'main'],
  minifySyntax: true,
  minifyWhitespace: true,
  // What is compiled at the start keeps its text in memory. No name of a class or function is used at run time.
  minifyIdentifiers: true,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
  define: { __VERSION__: JSON.stringify(version), Response: 'undefined' },
  // The package gives Node its CommonJS form, of which everything would be loaded, compiled for old engines.
  alias: { rxjs: join(root, 'node_modules/rxjs/dist/esm/index.js') },
  plugins: [builtinsWhenUsed, withoutUnused],
  // pg-native is an optional native driver that pg asks for only when told to.
  external: ['pg-native'],
});
await writeFile(main, `${shebang}\n${await readFile(main, 'utf8')}`);
await chmod(main, 0o755);
const bytes = Object.values(metafile.outputs).reduce((sum, output) => sum + output.bytes, 0);
console.log(`${main} and its parts, ${Math.round(bytes / 1024)} kB`);
