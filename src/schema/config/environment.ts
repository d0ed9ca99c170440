import { type Table, isTable, plainData } from './plainData.ts';
import { type Path, type Problem, dotted } from './problem.ts';

/** Variables by name, as the process was given them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Data with its variables filled in. */
export interface Expanded {
  readonly data: Table;
  /** Where a value came from the environment, as `dotted` paths: such a value is treated as a secret. */
  readonly secrets: ReadonlySet<string>;
  readonly problems: readonly Problem[];
}

/** `${NAME}` and the escape `$${`. */
const reference = /\$(\$?)\{([^}]*)\}/g;

/**
 * Replaces `${NAME}` in every string of a decoded local file by the variable of that name. A variable that is not set
 * is a problem; `$${` stands for a literal `${`. What a variable holds is not looked at again.
 */
export function expandEnvironment(source: Table, environment: Environment): Expanded {
  const secrets = new Set<string>();
  const problems: Problem[] = [];
  const visit = (value: unknown, path: Path): unknown => {
    if (typeof value === 'string') return fill(value, path);
    if (Array.isArray(value)) return value.map((item, index) => visit(item, [...path, index]));
    if (isTable(value)) {
      for (const key of Object.keys(value)) value[key] = visit(value[key], [...path, key]);
    }
    return value;
  };
  const fill = (text: string, path: Path): string =>
    text.replace(reference, (whole, escape: string, name: string) => {
      if (escape) return whole.slice(1);
      const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
      if (value !== undefined) {
        secrets.add(dotted(path));
        return value;
      }
      const message = /^[A-Za-z_]\w*$/.test(name)
        ? `the environment variable ${name} is not set; write $\${ for a literal \${`
        : 'expected the name of an environment variable in ${}; write $${ for a literal ${';
      problems.push({ path, at: 'value', message });
      return whole;
    });
  return { data: visit(plainData(source), []) as Table, secrets, problems };
}
