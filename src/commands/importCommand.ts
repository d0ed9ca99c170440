import { type Observable, map } from 'rxjs';
import { FileError } from '../errors.ts';
import { type ExitCode, exitCodes } from '../exitCodes.ts';
import { yamlFile } from '../io/yamlFile.ts';
import { isTable } from '../schema/config/plainData.ts';
import { printable } from '../schema/printable.ts';
import type { Command } from './command.ts';
import { fromExporter } from './import/fromExporter.ts';
import { fromPgwatch } from './import/fromPgwatch.ts';
import { tomlOf } from './import/tomlOf.ts';
import type { World } from './world.ts';

/**
 * `import FILE`: custom queries of postgres_exporter (`queries.yaml`) or pgwatch (metric definitions) as tables of the
 * configuration, on stdout; what does not map is said on stderr. Runs nothing. Errors with `FileError`.
 */
export function importCommand(
  { file }: Extract<Command, { is: 'import' }>,
  { output, log }: World,
): Observable<ExitCode> {
  return yamlFile(file).pipe(
    map((data) => {
      if (!isTable(data)) throw new FileError(`${file} holds no queries`);
      const { metrics } = data;
      const { queries, remarks } = isTable(metrics) ? fromPgwatch(metrics) : fromExporter(data);
      const all = [
        ...remarks,
        'names are looked up in pg_catalog alone: write schemas in the SQL, or set search_path',
      ];
      for (const message of all) {
        log.write({ level: 'warn', unit: 'import', message: printable(message) });
      }
      if (queries.length === 0) throw new FileError(`${file} holds no queries that can be read`);
      output.print(queries.map(tomlOf).join('\n').trimEnd());
      return exitCodes.ok;
    }),
  );
}
