import type { DevPostgres } from '../../../../../dev/postgres.ts';

/** What must not stop the rest. */
export const quietly = async (work: Promise<unknown>): Promise<void> => {
  await work.catch(() => undefined);
};

/** Statements, one after the other, each on its own. */
export async function ask(server: DevPostgres, statements: readonly string[]): Promise<void> {
  let client = await server.connect();
  client.on('error', () => undefined);
  for (const sql of statements) {
    await quietly(client.query(sql));
    if (
      await client.query('ROLLBACK').then(
        () => false,
        () => true,
      )
    ) {
      client = await server.connect();
      client.on('error', () => undefined);
    }
  }
  await quietly(client.end());
}
