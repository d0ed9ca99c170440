import { type Observable, defer, of, switchMap, throwError } from 'rxjs';
import { ConfigError } from '../../errors.ts';
import type { PulledText } from '../../ports/configFile.ts';
import type { Config } from '../../schema/config.ts';
import { dialect } from '../../schema/config/dialect.ts';
import { excerpt } from '../../schema/config/excerpt.ts';
import { overlay } from '../../schema/config/overlay.ts';
import type { Path, Problem } from '../../schema/config/problem.ts';
import { configProblems } from './configProblems.ts';
import type { ConfigRules, LocalConfig } from './localConfig.ts';

/** What a pulled text makes of the local configuration. */
export interface OverlaidConfig {
  readonly config: Config;
  /** What the local file overruled, one sentence each. */
  readonly overruled: readonly string[];
}

/** What a pulled text is called in messages. */
export const pulledName = ({ version }: PulledText): string =>
  version === null ? 'pulled configuration' : `pulled configuration ${version}`;

/**
 * Emits the local configuration with a pulled text laid over it. `${NAME}` in it stays as it is. Errors with one
 * `ConfigError` that names everything that is wrong or not allowed.
 */
export function overlaidConfig(
  local: LocalConfig,
  pulled: PulledText,
  { compiled, format }: ConfigRules,
): Observable<OverlaidConfig> {
  return defer(() => {
    const { text } = pulled;
    const name = pulledName(pulled);
    const parsed = format.parse(text);
    if ('problem' in parsed) {
      const complaint = { message: parsed.problem, place: parsed.place, open: false };
      const paragraph = excerpt(name, text, complaint, (key) => compiled.publicNames.has(key));
      return throwError(() => new ConfigError([paragraph]));
    }
    const laid = overlay(dialect(parsed.data), local, compiled.schema);
    const result = compiled.effective(laid.data, laid.remoteInterval);
    const misfits = 'problems' in result ? result.problems : [];
    // The local file is valid by itself: what does not fit came with the pulled text.
    const problems: Problem[] = [
      ...laid.problems,
      ...misfits.map((problem) => ({ ...problem, path: pulledPath(problem.path, laid.servers) })),
    ];
    if (problems.length === 0 && 'config' in result) {
      return of({ config: result.config, overruled: laid.overruled });
    }
    return configProblems({ name, text, problems }, compiled, format).pipe(
      switchMap((error) => throwError(() => error)),
    );
  });
}

/** The path in the pulled text of what has this path in the local one: servers may stand in another order. */
function pulledPath(path: Path, servers: ReadonlyMap<number, number>): Path {
  const [first, index, ...rest] = path;
  if (first !== 'postgres' || typeof index !== 'number') return path;
  return [first, servers.get(index) ?? index, ...rest];
}
