import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { DevPostgres } from '../../../../../dev/postgres.ts';

/** Configuration, good and bad. */
export async function configuration(server: DevPostgres): Promise<void> {
  const file = join(server.dataDirectory, 'postgresql.conf');
  const reload = async (line: string): Promise<void> => {
    await appendFile(file, `${line}\n`);
    await server.sql('SELECT pg_reload_conf()');
    await wait(400);
  };
  await reload("work_mem = '128kB'");
  await reload('max_connections = 30');
  await reload('no_such_parameter = 1');
  await writeFile(file, (await readFile(file, 'utf8')).replace(/no_such_parameter.*\n/, ''));
  const hbaFile = join(server.dataDirectory, 'pg_hba.conf');
  const before = await readFile(hbaFile, 'utf8');
  await writeFile(hbaFile, `${before}nonsense all all\n`);
  await reload('');
  await writeFile(hbaFile, before);
  await reload('');
}
