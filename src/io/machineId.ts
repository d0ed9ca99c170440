import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** Where Linux says which machine this is; machine-id(5). */
const PATHS = ['/etc/machine-id', '/var/lib/dbus/machine-id'];

/**
 * What tells this machine from others: a digest of its machine id, which itself is confidential. Null where the system has
 * none, as in most containers.
 */
export async function machineId(): Promise<string | null> {
  for (const path of PATHS) {
    const id = (await readFile(path, 'utf8').catch(() => '')).trim();
    if (/^[0-9a-f]{32}$/.test(id)) {
      return createHash('sha256').update(`pganalytics-collector ${id}`).digest('hex').slice(0, 32);
    }
  }
  return null;
}
