import { UnavailableError } from '../errors.ts';

/** Databases that are named in one complaint. */
const NAMED = 5;

/**
 * What is wrong with which databases, in one sentence: the same for the same problems, so that it is said once.
 *
 * @param what - What could not be read: `sequences`.
 * @param problems - Names of databases by what is wrong with them.
 */
export function complaint(
  server: string,
  what: string,
  problems: ReadonlyMap<string, readonly string[]>,
): UnavailableError {
  const sentences = [...problems].map(([problem, names]) => {
    const named = names
      .slice(0, NAMED)
      .map((name) => `"${name}"`)
      .join(', ');
    const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
    return `${what} of database ${named}${more}: ${problem}`;
  });
  return new UnavailableError(`${server}: ${sentences.join('; ')}`);
}
