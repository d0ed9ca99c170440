import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'vitest';
import type { PostgresOptions, Version } from '../../dev/postgres.ts';

/** A version of PostgreSQL, and how the launcher finds its binaries. */
export interface MatrixVersion {
  readonly major: Version;
  readonly options: Pick<PostgresOptions, 'version' | 'binaries'>;
}

/** The versions that the collector supports. */
export const majors: readonly Version[] = [13, 14, 15, 16, 17, 18];

/** What there are binaries of, for linux-x64 alone: elsewhere the older versions cannot be tested. */
const platform = 'linux-x64';

const folder = (major: Version): string =>
  fileURLToPath(new URL(`node_modules/postgres-${major}`, import.meta.url));

/** Where the older versions are; 18 is among the packages that every test needs. */
export const version = (major: Version): MatrixVersion => ({
  major,
  options: major === 18 ? { version: 18 } : { binaries: folder(major) },
});

/** Why a version cannot be tested here; null where it can. Where it could be, missing packages are an error. */
function unavailable(major: Version): string | null {
  if (major === 18 || existsSync(folder(major))) return null;
  const here = `${process.platform}-${process.arch}`;
  if (here !== platform) return `there are no binaries of PostgreSQL ${major} for ${here}`;
  throw new Error(`PostgreSQL ${major} is missing: npm ci --ignore-scripts --prefix test/matrix`);
}

/** Describes the same rules for each version; says aloud which cannot be tested on this platform. */
export function eachVersion(
  which: readonly Version[],
  rules: (version: MatrixVersion) => void,
): void {
  for (const major of which) {
    const reason = unavailable(major);
    describe(`PostgreSQL ${major}`, () => {
      if (reason === null) rules(version(major));
      else {
        console.warn(`skipped: ${reason}`);
        it.skip(reason);
      }
    });
  }
}
