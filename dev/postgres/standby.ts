import { chown, copyFile, lstat, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DevPostgres, type PostgresOptions, startCluster } from '../postgres.ts';
import { owner } from './owner.ts';

/** What a base backup leaves out, relative to the data directory; of folders, the contents. */
const leftOut = new Set(['postmaster.pid', 'postmaster.opts', 'pg_wal', 'pg_replslot', 'log']);

/** Starts a physical replica of a running throw-away server, streaming from its socket. */
export async function startStandby(
  primary: DevPostgres,
  options: Pick<PostgresOptions, 'settings' | 'port'> = {},
): Promise<DevPostgres> {
  return startCluster(primary.bin, options, async (folder) => {
    const data = join(folder, 'data');
    const client = await primary.connect();
    try {
      const { rows } = await client.query<{ version: number }>(
        `SELECT current_setting('server_version_num')::int AS version`,
      );
      // Renamed in PostgreSQL 15.
      const isOld = rows[0]!.version < 150_000;
      await client.query(
        isOld
          ? `SELECT pg_start_backup('standby', true, false)`
          : `SELECT pg_backup_start('standby', true)`,
      );
      await copyData(primary.dataDirectory, data, '');
      const stop = isOld ? 'pg_stop_backup(false, false)' : 'pg_backup_stop(false)';
      const stopped = await client.query<{ labelfile: string }>(`SELECT labelfile FROM ${stop}`);
      await write(join(data, 'backup_label'), stopped.rows[0]!.labelfile);
    } finally {
      await client.end();
    }
    const source = `host=${primary.socketDirectory} port=${primary.port} user=${primary.user}`;
    await write(join(data, 'postgresql.auto.conf'), `primary_conninfo = '${source}'\n`);
    await write(join(data, 'standby.signal'), '');
  });
}

async function copyData(from: string, to: string, inner: string): Promise<void> {
  const user = owner();
  await mkdir(join(to, inner), { mode: 0o700 });
  if (user) await chown(join(to, inner), user.uid, user.gid);
  const entries = leftOut.has(inner)
    ? []
    : await readdir(join(from, inner), { withFileTypes: true });
  for (const entry of entries) {
    const path = join(inner, entry.name);
    if (entry.isDirectory()) await copyData(from, to, path);
    else if (entry.isFile() && !leftOut.has(path)) await copyOne(join(from, path), join(to, path));
  }
}

async function copyOne(from: string, to: string): Promise<void> {
  const user = owner();
  try {
    await copyFile(from, to);
    if (user) await chown(to, user.uid, user.gid);
  } catch (error) {
    // A running server removes files while they are copied; the WAL says so too.
    const isGone = await lstat(from).then(
      () => false,
      () => true,
    );
    if (!isGone) throw error;
  }
}

async function write(path: string, text: string): Promise<void> {
  const user = owner();
  await writeFile(path, text, { mode: 0o600 });
  if (user) await chown(path, user.uid, user.gid);
}
