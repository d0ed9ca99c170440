import { type Observable, map } from 'rxjs';
import { ConfigError } from '../../errors.ts';
import type { ConfigFormat, KeyPlace } from '../../ports/configFile.ts';
import type { CompiledConfig } from '../../schema/config/compiledConfig.ts';
import { excerpt } from '../../schema/config/excerpt.ts';
import { type Path, type Problem, dotted } from '../../schema/config/problem.ts';
import { isSecret } from '../../schema/config/secretPaths.ts';

/** A text that has problems. */
export interface FaultyText {
  readonly name: string;
  readonly text: string;
  readonly problems: readonly Problem[];
}

/** Emits the one error that names all problems of a text, each with its place, its line and a caret. */
export function configProblems(
  { name, text, problems }: FaultyText,
  { schema, publicNames }: CompiledConfig,
  format: ConfigFormat,
): Observable<ConfigError> {
  return format.places(text).pipe(
    map((places) => {
      const located = problems.map(({ path, at, message }) => ({
        message: places.size === 0 && path.length > 0 ? `${dotted(path)}: ${message}` : message,
        place: nearestPlace(path, places)?.[at],
        open: !isSecret(path, schema, new Set()),
      }));
      located.sort((a, b) => (a.place?.line ?? 0) - (b.place?.line ?? 0));
      return new ConfigError(
        located.map((complaint) => excerpt(name, text, complaint, (key) => publicNames.has(key))),
      );
    }),
  );
}

/** The place of a key, or of the nearest table around it. A single `[postgres]` counts as `postgres[0]`. */
function nearestPlace(path: Path, places: ReadonlyMap<string, KeyPlace>): KeyPlace | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const part = path.slice(0, length);
    const single = part.filter(
      (step, index) => !(index === 1 && step === 0 && part[0] === 'postgres'),
    );
    const place = places.get(dotted(part)) ?? places.get(dotted(single));
    if (place) return place;
  }
  return undefined;
}
