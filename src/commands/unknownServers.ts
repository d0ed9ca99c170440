import type { Config } from '../schema/config.ts';
import { nearest } from '../schema/config/nearest.ts';
import { printable } from '../schema/printable.ts';
import { glob } from '../tap/glob.ts';

/** What to say of patterns that fit no configured server: the nearest, and all. */
export function unknownServers(
  patterns: readonly string[],
  { postgres }: Pick<Config, 'postgres'>,
): readonly string[] {
  const names = postgres.map(({ name }) => name);
  return patterns
    .filter((pattern) => !names.some(glob([pattern])))
    .map((pattern) => {
      const meant = nearest(pattern.replace(/[*?]/g, ''), names);
      const hint = meant === undefined ? '' : `did you mean "${meant}"? `;
      const all = names.length === 0 ? 'none is configured' : `servers: ${names.join(', ')}`;
      return `no server fits "${printable(pattern)}"; ${hint}${all}`;
    });
}
