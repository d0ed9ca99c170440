import { UsageError } from '../errors.ts';
import { printable } from '../schema/printable.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const MODES = ['disable', 'require', 'verify-ca', 'verify-full'];
/** libpq's modes that do without TLS where there is none; here they are the default, which does not. */
const LENIENT = ['allow', 'prefer'];
/** What an address can say behind its `?`. */
const PARAMETERS = ['host', 'port', 'user', 'dbname', 'sslmode', 'sslrootcert', 'connect_timeout'];

/**
 * A configuration that watches one server and nothing else, as JSON text: from an address
 * `postgres://user@host:port/database?sslmode=require`, and for what it leaves out from libpq's environment (`PGHOST`,
 * `PGPORT`, `PGUSER`, `PGDATABASE`, `PGPASSWORD`, `PGSSLMODE`, `PGSSLROOTCERT`). A password comes from there or from
 * `.pgpass`. Throws `UsageError` where the address cannot be understood.
 *
 * @param address null: the environment alone
 */
export function connectionText(address: string | null, environment: Environment): string {
  const url = address === null ? null : parsed(address);
  const given = (text: string | null | undefined): string | undefined =>
    text === null || text === undefined || text === '' ? undefined : text;
  const part = (text: string | undefined): string | undefined => given(decoded(text ?? ''));
  const query = url?.searchParams;
  const host =
    part(url?.hostname) ?? given(query?.get('host')) ?? given(environment['PGHOST']) ?? 'localhost';
  const user = part(url?.username) ?? given(query?.get('user')) ?? given(environment['PGUSER']);
  const account = user ?? given(environment['USER']) ?? 'postgres';
  const unknown = [...(query?.keys() ?? [])].find((name) => !PARAMETERS.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(
      `unknown parameter "${printable(unknown)}" in the address; known: ${PARAMETERS.join(', ')}`,
    );
  }
  const sslmode = given(query?.get('sslmode')) ?? given(environment['PGSSLMODE']);
  if (sslmode !== undefined && ![...MODES, ...LENIENT].includes(sslmode)) {
    throw new UsageError(`unknown sslmode "${printable(sslmode)}"; known: ${MODES.join(', ')}`);
  }
  const timeout = given(query?.get('connect_timeout'));
  const rootCertificate = given(query?.get('sslrootcert')) ?? given(environment['PGSSLROOTCERT']);
  const password = given(environment['PGPASSWORD']);
  const port = Number(
    given(url?.port) ?? given(query?.get('port')) ?? given(environment['PGPORT']) ?? 5432,
  );
  const server = {
    host,
    port,
    user: account,
    database:
      part(url?.pathname.slice(1)) ??
      given(query?.get('dbname')) ??
      given(environment['PGDATABASE']) ??
      account,
    ...(sslmode !== undefined && MODES.includes(sslmode) && { sslmode }),
    ...(rootCertificate !== undefined && { sslrootcert: rootCertificate }),
    ...(timeout !== undefined && { connect_timeout: Number(timeout) }),
    ...(password !== undefined && { password }),
  };
  const isHere = host.startsWith('/') || ['localhost', '127.0.0.1', '::1', '[::1]'].includes(host);
  // What this host does says nothing of a server elsewhere.
  const off = isHere ? ['agent'] : ['agent', 'sysstat', 'disk_usage', 'host_inventory', 'pg_log'];
  const sections = Object.fromEntries(off.map((type) => [type, { enabled: false }]));
  const text = JSON.stringify({ postgres: [server], tap: { enabled: false }, ...sections });
  // Nothing of it is a reference to the environment.
  return text.replaceAll('${', () => '$${');
}

function parsed(address: string): URL {
  // An address of a socket alone has no host: `postgres:///shop`.
  if (!URL.canParse(address)) {
    throw new UsageError(`cannot understand the address "${printable(address)}"; see --help`);
  }
  return new URL(address);
}

/** Percent escapes are read; what is none stays. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
