/**
 * Builds the agent as one file: `node scripts/build.mjs [--outdir DIR]`, default `dist`.
 *
 * The shebang keeps the young generation small: a collector allocates little and lives long, and this halves its
 * resident memory without costing CPU.
 */
import { chmod, readFile } from 'node:fs/promises';
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
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
  define: { __VERSION__: JSON.stringify(version) },
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
