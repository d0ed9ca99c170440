import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DevPostgres } from '../../dev/postgres.ts';

/** The lines that a server with a logging collector has written. */
export async function logged({ logDirectory }: DevPostgres): Promise<string[]> {
  const files = await readdir(logDirectory);
  const texts = await Promise.all(files.map((file) => readFile(join(logDirectory, file), 'utf8')));
  return texts.flatMap((text) => text.split('\n'));
}
