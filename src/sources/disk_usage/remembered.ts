import { FileError } from '../../errors.ts';
import type { Mount } from './mountinfo.ts';

/** File systems remembered as writable; beyond it the oldest is forgotten. */
const MAX_REMEMBERED = 1_000;

/** The mount, and whether it was writable before; says so where it is no longer. */
export function remembered(
  mount: Mount,
  writable: Set<string>,
  trouble: (error: unknown) => void,
): Mount {
  const key = `${mount.number} ${mount.mount}`;
  if (mount.readOnly) {
    if (!writable.has(key)) return mount;
    trouble(new FileError(`${mount.mount} (${mount.fstype}) became read-only`));
    return { ...mount, wasWritable: true };
  }
  writable.add(key);
  if (writable.size > MAX_REMEMBERED) writable.delete(writable.values().next().value ?? '');
  return mount;
}
