import { type Finding, findingsAbout } from './finding.ts';
import type { CheckedServer } from './checkedServer.ts';

/** Whether pg_stat_statements can be read, and how to get there. */
export function statementFindings({
  settings,
  facts,
  statements,
}: CheckedServer): readonly Finding[] {
  const { ok, warning } = findingsAbout(`postgres ${settings.name}`);
  if (facts.statements) {
    return [
      ok(`pg_stat_statements ${facts.statements.version} in database ${facts.statements.database}`),
    ];
  }
  if (!statements.preloaded) {
    const install = statements.available
      ? ''
      : `-- first install the package postgresql-contrib of version ${Math.floor(facts.versionNum / 10_000)}\n`;
    return [
      warning(
        'pg_stat_statements is not loaded: no query statistics',
        `${install}${preload(statements.libraries)}\n` +
          `-- then restart the server, and in database ${settings.database}:\n` +
          'CREATE EXTENSION IF NOT EXISTS pg_stat_statements;',
      ),
    ];
  }
  if (!statements.created) {
    return [
      warning(
        `the extension pg_stat_statements is not in database ${settings.database}: no query statistics`,
        'CREATE EXTENSION IF NOT EXISTS pg_stat_statements;',
      ),
    ];
  }
  return [warning(facts.statementsUnavailable ?? 'pg_stat_statements cannot be read')];
}

/** The whole list is set: what is there must stay in it. */
const preload = (libraries: readonly string[] | null): string =>
  libraries === null
    ? '-- as a superuser: SHOW shared_preload_libraries, and add pg_stat_statements to the list with ALTER SYSTEM'
    : `ALTER SYSTEM SET shared_preload_libraries = ${[...libraries, 'pg_stat_statements']
        .map((library) => `'${library.replace(/'/g, "''")}'`)
        .join(', ')};`;
