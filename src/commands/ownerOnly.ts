import { type Observable, map } from 'rxjs';
import { FileError } from '../errors.ts';
import type { StateOwner } from '../io/stateOwner.ts';
import { shellWord } from './check/finding.ts';

/**
 * Emits once where this user may work with the state directory: it owns it, or there is none yet. Errors with
 * `FileError` otherwise: files that another user made there would stop the agent.
 */
export function ownerOnly(
  command: string,
  file: string,
  stateDir: string,
  owner: (directory: string) => Observable<StateOwner | null>,
): Observable<void> {
  return owner(stateDir).pipe(
    map((found) => {
      if (found === null || found.self) return;
      throw new FileError(
        `${stateDir} belongs to ${found.name}; run this as that user:\n` +
          `    sudo -u ${shellWord(found.name)} pganalytics-collector ${command} --config ${shellWord(file)}`,
      );
    }),
  );
}
