import { chmod, rename, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { recordScenario } from './recordings/recordScenario.ts';
import { scenarios } from './recordings/scenarios.ts';

/*
 * Records the scenarios of test/recordings anew, from real servers: all of them, or those that are named.
 *
 *     npx tsx scripts/recordScenarios.ts [NAME...]
 *
 * `major-upgrade` needs the binaries of test/matrix. VERBOSE=1 shows the agent's log. Afterwards the golden files are
 * written anew: UPDATE_GOLDEN=1 npx vitest run test/recordings
 */
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !scenarios.some((scenario) => scenario.name === name));
if (unknown.length > 0) throw new Error(`There is no scenario ${unknown.join(', ')}`);

for (const scenario of scenarios) {
  if (wanted.length > 0 && !wanted.includes(scenario.name)) continue;
  const path = fileURLToPath(
    new URL(`../test/recordings/${scenario.name}.ndjson`, import.meta.url),
  );
  const unfinished = `${path}.unfinished`;
  await rm(unfinished, { force: true });
  console.log(`${scenario.name}: ${scenario.says}`);
  await recordScenario(scenario, unfinished);
  // A recording is private when it is made; these are published.
  await chmod(unfinished, 0o644);
  await rename(unfinished, path);
}
