/** Numeric user and group of a process. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Who runs throw-away servers: ourselves, or an unprivileged user where we are root, because PostgreSQL refuses to run
 * as root. `undefined` means ourselves.
 */
export function owner(): Owner | undefined {
  return process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : undefined;
}
