import type { UnreachableReason } from '../../errors.ts';
import type { ServerSettings } from '../../schema/config.ts';
import { shellWord, sqlName } from './finding.ts';

/** What to try where a server cannot be reached; undefined where only waiting helps. */
export function unreachableRemedy(
  reason: UnreachableReason,
  { host, port, user, database }: ServerSettings,
): string | undefined {
  const role = sqlName(user);
  switch (reason) {
    case 'refused':
    case 'timeout':
    case 'network':
      return `pg_isready -h ${shellWord(host)} -p ${port}`;
    case 'dns':
      return `getent hosts ${shellWord(host)}`;
    case 'auth':
      return (
        `-- the role, once:\nCREATE ROLE ${role} LOGIN CONNECTION LIMIT 4 IN ROLE pg_monitor;\n\\password ${user}\n` +
        '-- the same password into the file that password_file of [postgres] names; see also pg_hba.conf:\n' +
        'SELECT line_number, type, database, user_name, address, auth_method FROM pg_hba_file_rules;'
      );
    case 'no_such_database':
      return `-- set database in [postgres] to one of these, or:\nCREATE DATABASE ${sqlName(database)};`;
    case 'too_many_connections':
      return `ALTER ROLE ${role} CONNECTION LIMIT 4;\nSHOW max_connections;`;
    case 'tls':
      return `openssl s_client -starttls postgres -connect ${shellWord(`${host}:${port}`)} </dev/null`;
    default:
      return undefined;
  }
}
