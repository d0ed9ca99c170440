import { readFile } from 'node:fs/promises';
import type { ConnectionOptions } from 'node:tls';
import { UnreachableError, messageOf } from '../../errors.ts';
import type { ServerSettings } from '../../schema/config.ts';
import { isLocal } from '../../schema/isLocal.ts';

/** How a connection is encrypted. */
export interface Tls {
  /** pg's explicit `ssl`: false for none. */
  readonly ssl: false | ConnectionOptions;
  /** Whether the server proved who it is: only then a password may be sent in a form that it could keep. */
  readonly verified: boolean;
}

async function pem(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new UnreachableError('tls', `cannot read ${path}: ${messageOf(error)}`, null);
  }
}

/**
 * The TLS options of one connect; certificate files are read each time, so that swapped ones count.
 *
 * `sslmode` means what it means to libpq. Default: `verify-full`, and `disable` for this host.
 */
export async function tls(settings: ServerSettings): Promise<Tls> {
  const mode = settings.sslmode ?? (isLocal(settings.host) ? 'disable' : 'verify-full');
  if (mode === 'disable' || settings.host.startsWith('/')) return { ssl: false, verified: false };
  const [ca, cert, key] = await Promise.all(
    [settings.sslrootcert, settings.sslcert, settings.sslkey].map(pem),
  );
  const verified = mode !== 'require';
  return {
    ssl: {
      // Explicit, or NODE_TLS_REJECT_UNAUTHORIZED=0 would be obeyed.
      rejectUnauthorized: verified,
      minVersion: 'TLSv1.2',
      ...(verified && ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
      ...(mode === 'verify-ca' && { checkServerIdentity: () => undefined }),
    },
    verified,
  };
}
