import { type Observable, defer, map, of, switchMap, throwError } from 'rxjs';
import { ConfigError } from '../../errors.ts';
import type { ConfigFormat, ConfigText } from '../../ports/configFile.ts';
import type { Config } from '../../schema/config.ts';
import { type CompiledConfig, compileConfig } from '../../schema/config/compiledConfig.ts';
import { dialect } from '../../schema/config/dialect.ts';
import { type Environment, expandEnvironment } from '../../schema/config/environment.ts';
import { excerpt } from '../../schema/config/excerpt.ts';
import type { Table } from '../../schema/config/plainData.ts';
import { type Problem, dotted } from '../../schema/config/problem.ts';
import type { Needs } from '../../schema/config/rules.ts';
import type { TSchema } from '@sinclair/typebox';
import { configProblems } from './configProblems.ts';
import { configWarnings } from './configWarnings.ts';
import { withSqlFiles } from './sqlFiles.ts';

/** What is needed to understand a configuration text. */
export interface ConfigRules {
  readonly compiled: CompiledConfig;
  readonly format: ConfigFormat;
  /** For `${NAME}` in the local file. */
  readonly environment: Environment;
  /** The text of a `sql_file`; errors where it cannot be used. */
  readonly sqlFile: (path: string) => Observable<string>;
}

/** The local file, valid. */
export interface LocalConfig {
  /** As the file says it, in the schema's form, without defaults. */
  readonly data: Table;
  /** With defaults. */
  readonly config: Config;
  /** Where a value came from the environment, as dotted paths. */
  readonly secrets: ReadonlySet<string>;
  /** What works but should not stay so, one sentence each. */
  readonly warnings: readonly string[];
}

/** The rules for texts, compiled for the settings of the registered metric types. */
export const configRules = (options: {
  readonly sections: Readonly<Record<string, TSchema>>;
  readonly format: ConfigFormat;
  readonly environment: Environment;
  readonly needs: Needs;
  /** Default: nothing is read, as in a replay; a statement that does nothing stands for each. */
  readonly sqlFile?: ConfigRules['sqlFile'];
}): ConfigRules => {
  const { format, environment } = options;
  function sqlFile(path: string): Observable<string> {
    return options.sqlFile?.(path) ?? of('SELECT');
  }
  const rules: ConfigRules = {
    compiled: compileConfig(options.sections, options.needs),
    format,
    environment,
    sqlFile,
  };
  return rules;
};

/**
 * Emits the local configuration of a text: decoded, `${NAME}` filled in, in the dialect's one form, checked, defaults
 * added. Errors with one `ConfigError` that names everything that is wrong.
 */
export function localConfig(input: ConfigText, rules: ConfigRules): Observable<LocalConfig> {
  return defer(() => {
    const { name, text } = input;
    const { compiled, format, environment } = rules;
    const faulty$ = (problems: readonly Problem[]): Observable<never> =>
      configProblems({ name, text, problems }, compiled, format).pipe(
        switchMap((error) => throwError(() => error)),
      );
    const parsed = format.parse(text);
    if ('problem' in parsed) {
      const complaint = { message: parsed.problem, place: parsed.place, open: false };
      const isPublic = (key: string): boolean => compiled.publicNames.has(key);
      return throwError(() => new ConfigError([excerpt(name, text, complaint, isPublic)]));
    }
    const single = !Array.isArray(parsed.data['postgres']);
    const { data: expanded, secrets, problems } = expandEnvironment(parsed.data, environment);
    return withSqlFiles(dialect(expanded), rules.sqlFile).pipe(
      switchMap((filled) => {
        const { data } = filled;
        const result = compiled.effective(data);
        const unset = new Set(problems.map(({ path }) => dotted(path)));
        const found = 'problems' in result ? result.problems : [];
        // A value that names an unset variable is said to be wrong once.
        const others = found.filter(
          ({ path }) => !unset.has(dotted(path).replace('postgres[0]', 'postgres')),
        );
        const first = [...problems, ...filled.problems];
        if (first.length > 0 || 'problems' in result) return faulty$([...first, ...others]);
        const { config } = result;
        return of({
          data,
          config,
          secrets: new Set(
            [...secrets].map((path) =>
              single ? path.replace(/^postgres\./, 'postgres[0].') : path,
            ),
          ),
        });
      }),
    );
  }).pipe(map((local) => ({ ...local, warnings: configWarnings(local.config, input) })));
}
