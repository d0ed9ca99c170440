import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { DevPostgres } from '../../../../../dev/postgres.ts';
import { quietly } from './ask.ts';

/** Damages the first page of a table. */
export async function damage(server: DevPostgres): Promise<void> {
  const [row] = await server.sql(
    "CREATE TABLE damaged AS SELECT generate_series(1, 500); CHECKPOINT; SELECT pg_relation_filepath('damaged') path",
  );
  const path = join(server.dataDirectory, String(row?.['path']));
  await server.halt();
  const file = await open(path, 'r+');
  await file.write(Buffer.alloc(200, 7), 0, 200, 0);
  await file.close();
  await server.resume();
  await quietly(server.sql('SELECT count(*) FROM damaged'));
  const gone = await server.sql(
    "CREATE TABLE gone AS SELECT 1; CHECKPOINT; SELECT pg_relation_filepath('gone') path",
  );
  await server.halt();
  const { rm } = await import('node:fs/promises');
  await rm(join(server.dataDirectory, String(gone[0]?.['path'])));
  await server.resume();
  await quietly(server.sql('SELECT count(*) FROM gone'));
}

/** A backend that is killed, and the recovery after it. */
export async function crash(server: DevPostgres): Promise<void> {
  const victim = await server.connect();
  const other = await server.connect();
  for (const client of [victim, other]) client.on('error', () => undefined);
  const { rows } = await victim.query('SELECT pg_backend_pid() AS pid');
  process.kill((rows[0] as { pid: number }).pid, 'SIGKILL');
  for (let attempt = 0; attempt < 50; attempt++) {
    await wait(100);
    if (
      await server.sql('SELECT 1').then(
        () => true,
        () => false,
      )
    )
      break;
  }
}

/** Damages indexes: one loses its first page, one all of them. */
export async function damagedIndexes(server: DevPostgres): Promise<void> {
  const paths: string[] = [];
  for (const name of ['zeroed', 'emptied']) {
    await server.sql(
      `CREATE TABLE of_${name} AS SELECT i FROM generate_series(1, 5000) i; CREATE INDEX ${name} ON of_${name} (i); CHECKPOINT`,
    );
    const [row] = await server.sql(`SELECT pg_relation_filepath('${name}') path`);
    paths.push(join(server.dataDirectory, String(row?.['path'])));
  }
  await server.halt();
  const [zeroed = '', emptied = ''] = paths;
  const file = await open(zeroed, 'r+');
  await file.write(Buffer.alloc(8192), 0, 8192, 0);
  await file.close();
  const other = await open(emptied, 'r+');
  await other.truncate(0);
  await other.close();
  await server.resume();
  for (const name of ['zeroed', 'emptied']) {
    await quietly(server.sql(`SET enable_seqscan = off; SELECT * FROM of_${name} WHERE i = 7`));
  }
}

/** The postmaster is killed while a session is there. */
export async function orphans(server: DevPostgres): Promise<void> {
  const client = await server.connect();
  client.on('error', () => undefined);
  const { readFile } = await import('node:fs/promises');
  const text = await readFile(join(server.dataDirectory, 'postmaster.pid'), 'utf8');
  process.kill(Number(text.split('\n')[0]), 'SIGKILL');
  await wait(1500);
}
