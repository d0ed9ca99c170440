import type { ServerSettings } from '../../schema/config.ts';
import { pgpass } from './pgpass.ts';

/** Where passwords come from, beside the configuration's `password`. */
export interface PasswordSources {
  /** Reads a `password_file`. Rejects with `SecretError`. */
  readonly readSecret: (path: string) => Promise<Uint8Array>;
  /** libpq's password file (`PGPASSFILE`, `~/.pgpass`); null: none is looked at. */
  readonly passFile: string | null;
}

/**
 * Finds the password of a connection, anew at each connect: `password`, else `password_file`, else the password file of
 * libpq. Undefined where there is none.
 */
export const passwordOf =
  ({ readSecret, passFile }: PasswordSources) =>
  async (settings: ServerSettings, database: string): Promise<string | undefined> => {
    if (settings.password !== undefined) return settings.password;
    if (settings.password_file !== undefined) {
      return new TextDecoder().decode(await readSecret(settings.password_file));
    }
    const { host, port, user } = settings;
    return passFile === null ? undefined : pgpass(passFile, { host, port, database, user });
  };
