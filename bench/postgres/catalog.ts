import type { DevPostgres } from '../../dev/postgres.ts';

/** Where the tables are: not the maintenance database, as on most servers. */
export const database = 'bench';

/** Statements that pg_stat_statements holds. */
const STATEMENTS = 5_000;
const forms = ['id', 'name', 'at', 'id, name', 'count(*)'];

/** Fills a server with tables of two indexes each, rows in every tenth, and runs 5,000 different statements. */
export async function fillCatalog(postgres: DevPostgres, tables: number): Promise<void> {
  await postgres.sql('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
  await postgres.sql(`CREATE DATABASE ${database}`);
  for (let from = 1; from <= tables; from += 1_000) {
    await postgres.sql(
      `DO $$ BEGIN
        FOR i IN ${from}..${Math.min(from + 999, tables)} LOOP
          EXECUTE format('CREATE TABLE bench_table_%s (id int PRIMARY KEY, name text, at timestamptz)', i);
          EXECUTE format('CREATE INDEX bench_index_%s ON bench_table_%s (name)', i, i);
          IF i % 10 = 0 THEN
            EXECUTE format('INSERT INTO bench_table_%s SELECT n, md5(n::text), now() FROM generate_series(1, 100) n', i);
          END IF;
        END LOOP;
      END $$`,
      database,
    );
  }
  await postgres.sql('ANALYZE', database);
  const statements = Array.from(
    { length: STATEMENTS },
    (_, n) =>
      `SELECT ${forms[n % forms.length] ?? ''} FROM bench_table_${(n % 1_000) + 1} WHERE ${`id > ${n} AND `.repeat(Math.floor(n / 1_000))}true`,
  );
  for (let from = 0; from < statements.length; from += 500) {
    await postgres.sql(statements.slice(from, from + 500).join(';\n'), database);
  }
  await postgres.sql('CHECKPOINT');
}
