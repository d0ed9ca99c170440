import { type Observable, concatMap, map } from 'rxjs';
import { ConfigError, FileError } from '../errors.ts';
import type { StateOwner } from '../io/stateOwner.ts';
import type { Ports } from '../ports.ts';
import type { Config } from '../schema/config.ts';
import { registration } from '../streams/tokens/registration.ts';
import { registrationLimit } from '../streams/tokens/registrationLimit.ts';
import { ownerOnly } from './ownerOnly.ts';

export interface RegisterOptions {
  /** The configuration file's path, for remedies. */
  readonly file: string;
  readonly config: Config;
  readonly ports: Pick<Ports, 'http' | 'jwt' | 'secret' | 'identity'>;
  readonly owner: (directory: string) => Observable<StateOwner | null>;
  /** Makes a new collector although there is an identity. */
  readonly force: boolean;
  readonly hostname: string;
  readonly version: string;
}

/**
 * Registers this collector and stores its identity; emits one line that says so.
 *
 * Errors: `FileError` where there is an identity already (unless `force`), where the state directory is another user's,
 * or where the identity cannot be stored; `ConfigError` in `shared_secret` mode; `SecretError`, `RefusedError`,
 * `TransportError` as registration does.
 */
export function register(options: RegisterOptions): Observable<string> {
  const { file, config, ports, owner, force } = options;
  const { state_dir } = config.collector;
  return ownerOnly('register', file, state_dir, owner).pipe(
    concatMap(() => ports.identity.load()),
    concatMap((identity) => {
      if (config.auth.mode === 'shared_secret') {
        throw new ConfigError([
          '[auth] mode = "shared_secret": this collector signs its own tokens, there is nothing to register',
        ]);
      }
      if (identity !== null && !identity.foreign && !force) {
        throw new FileError(
          `this host is collector ${identity.collectorId} already (${state_dir}/identity.json); register --force makes ` +
            'a new collector, and the backend keeps the old one',
        );
      }
      const inherited = identity && registrationLimit.inherited(identity);
      return registration(options).pipe(map((issued) => ({ ...issued, ...inherited })));
    }),
    concatMap((identity) =>
      ports.identity
        .save(identity)
        .pipe(map(() => `registered as collector ${identity.collectorId}`)),
    ),
  );
}
