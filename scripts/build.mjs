/**
 * Builds the agent as one file: `node scripts/build.mjs [--outdir DIR]`, default `dist`.
 *
 * The shebang keeps the young generation small: a collector allocates little and lives long, and this halves its
 * resident memory without costing CPU.
 */
import { chmod, readFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values } = parseArgs({
  options: { outdir: { type: 'string', default: join(root, 'dist') } },
});
const outfile = join(resolve(values.outdir), 'main.js');
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));

/**
 * Modules of Node are loaded by the module that needs them, when it is: as imports of one file, all would be loaded
 * before its first line. That is a third of the start.
 */
const builtinsWhenNeeded = {
  name: 'builtins-when-needed',
  setup(plugins) {
    const names = new Set(builtinModules);
    plugins.onResolve({ filter: /^node:/, namespace: 'builtin' }, ({ path }) => ({
      path,
      external: true,
    }));
    plugins.onResolve({ filter: /^(node:)?[a-z0-9_/]+$/ }, ({ path }) => {
      const name = path.replace(/^node:/, '');
      return names.has(name) ? { path: name, namespace: 'builtin' } : undefined;
    });
    plugins.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = require('node:${path}');`,
    }));
  },
};

const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: ['src/main.ts'],
  outfile,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  mainFields: ['module', 'main'],
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
  define: { __VERSION__: JSON.stringify(version) },
  // The package gives Node its CommonJS form, of which everything would be loaded, compiled for old engines.
  alias: { rxjs: join(root, 'node_modules/rxjs/dist/esm/index.js') },
  plugins: [builtinsWhenNeeded],
  // pg-native is an optional native driver that pg asks for only when told to.
  external: ['pg-native'],
  banner: {
    js: [
      '#!/usr/bin/env -S node --max-semi-space-size=2',
      "import { createRequire as __createRequire } from 'node:module';",
      'const require = __createRequire(import.meta.url);',
    ].join('\n'),
  },
});
await chmod(outfile, 0o755);
const [bytes] = Object.values(metafile.outputs).map((output) => output.bytes);
console.log(`${outfile} ${Math.round(bytes / 1024)} kB`);
