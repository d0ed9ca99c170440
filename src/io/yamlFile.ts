import { readFile, stat } from 'node:fs/promises';
import { type Observable, defer } from 'rxjs';
import { FileError, messageOf } from '../errors.ts';

/** Greatest size of a file to import, in bytes. */
const maxBytes = 4_194_304;

/** A YAML file as plain data; errors with `FileError`. The parser is loaded when it is needed. */
export function yamlFile(path: string): Observable<unknown> {
  return defer(() => load(path));
}

async function load(path: string): Promise<unknown> {
  try {
    const { size } = await stat(path);
    if (size > maxBytes) throw new FileError(`cannot read ${path}: it is larger than 4 MiB`);
    const { parseYaml } = await import('./parseYaml.ts');
    return parseYaml(await readFile(path, 'utf8'));
  } catch (error) {
    if (error instanceof FileError) throw error;
    throw new FileError(`cannot read ${path}: ${messageOf(error)}`);
  }
}
