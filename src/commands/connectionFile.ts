import { NEVER, type Observable, concat, defer, of } from 'rxjs';
import type { ConfigFile, ConfigText } from '../ports/configFile.ts';
import { connectionText } from './connectionText.ts';
import type { World } from './world.ts';

/** A configuration of one connection, where there is no file. See `connectionText`. */
export function connectionFile(address: string | null, { environment }: World): ConfigFile {
  function read(): Observable<ConfigText> {
    return defer(() => {
      const text = connectionText(address, environment);
      const name = address === null ? 'the environment' : 'the address';
      return of({ name, text, origin: 'start' as const, exposed: false });
    });
  }
  function follow(): Observable<ConfigText> {
    return concat(read(), NEVER);
  }
  return { read, follow } satisfies ConfigFile;
}
