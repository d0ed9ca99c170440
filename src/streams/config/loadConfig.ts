import { type Observable, catchError, switchMap } from 'rxjs';
import { ConfigError, FileError } from '../../errors.ts';
import type { ConfigFile } from '../../ports/configFile.ts';
import { type ConfigRules, type LocalConfig, localConfig } from './localConfig.ts';

/** Reads the local file once. Errors with `ConfigError`, also where the file cannot be read. */
export function loadConfig(
  file: Pick<ConfigFile, 'read'>,
  path: string,
  rules: ConfigRules,
): Observable<LocalConfig> {
  return file.read(path).pipe(
    catchError((error: unknown) => {
      throw error instanceof FileError ? new ConfigError([error.message], { cause: error }) : error;
    }),
    switchMap((text) => localConfig(text, rules)),
  );
}
