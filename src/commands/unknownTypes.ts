import { nearest } from '../schema/config/nearest.ts';
import { printable } from '../schema/printable.ts';
import { registry } from '../sources/registry.ts';
import { glob } from '../tap/glob.ts';

/** What to say of patterns that fit no type that there is: the nearest types. A pattern with a slash means a unit. */
export function unknownTypes(patterns: readonly string[]): readonly string[] {
  const types = [
    ...new Set(
      registry
        .flatMap(({ metrics }) => metrics)
        .map(({ properties }) => String(properties['type']?.const)),
    ),
  ];
  return patterns
    .filter((pattern) => !types.some(glob([pattern.slice(pattern.lastIndexOf('/') + 1)])))
    .map((pattern) => {
      const meant = nearest(pattern.replace(/[*?]/g, ''), types);
      const hint = meant === undefined ? '' : `did you mean "${meant}"? `;
      return `no type fits "${printable(pattern)}"; ${hint}Types: ${types.join(', ')}`;
    });
}
