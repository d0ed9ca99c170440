import * as Type from '@sinclair/typebox';
import { closed, key, maybePath, maybeText, words } from './keys.ts';

/** `[postgres]` or `[[postgres]]`: one monitored server. */
export const Postgres = Type.Object(
  {
    name: Type.String(
      key({
        description: 'how the server is called in metrics (`server`)',
        default: 'main',
        minLength: 1,
        maxLength: 63,
      }),
    ),
    host: Type.String(
      key({
        description: 'host name, address, or directory of the Unix socket',
        default: 'localhost',
        minLength: 1,
      }),
    ),
    port: Type.Integer(key({ description: 'port', default: 5432, minimum: 1, maximum: 65_535 })),
    user: Type.String(key({ description: 'role', default: 'pganalytics', minLength: 1 })),
    password: maybeText({
      description: 'password; better `password_file` or .pgpass',
      secret: true,
      examples: ['${POSTGRES_PASSWORD}'],
    }),
    password_file: maybePath(
      'file with the password, not readable by others; read at each connect',
      '/etc/pganalytics/postgres.password',
    ),
    database: Type.String(
      key({ description: 'maintenance database', default: 'postgres', minLength: 1 }),
    ),
    databases: Type.Array(Type.String({ minLength: 1 }), {
      description:
        'databases to read: a list, a comma string, or `"*"` for all; default: the maintenance database. Behind a pooler each keeps a connection in its pool',
      default: [],
      remote: true,
    }),
    exclude_databases: Type.Array(Type.String({ minLength: 1 }), {
      description: 'patterns of databases that `"*"` leaves out (`*` and `?`)',
      default: [],
      remote: true,
    }),
    sslmode: Type.Optional(
      words(['disable', 'require', 'verify-ca', 'verify-full'], {
        examples: ['verify-full'],
        description:
          'TLS towards the server; default: `verify-full`, `disable` for a socket and loopback',
      }),
    ),
    sslrootcert: maybePath(
      'certificate authorities for `verify-ca` and `verify-full`, PEM',
      '/etc/pganalytics/postgres-ca.pem',
    ),
    sslcert: maybePath('client certificate, PEM', '/etc/pganalytics/postgres-client.pem'),
    sslkey: maybePath('key of the client certificate, PEM', '/etc/pganalytics/postgres-client.key'),
    pgbouncer_host: Type.Optional(
      Type.String(
        key({
          description: 'where the console of its PgBouncer is; default: `host`',
          examples: ['127.0.0.1'],
          minLength: 1,
        }),
      ),
    ),
    pgbouncer_port: Type.Optional(
      Type.Integer(
        key({
          description:
            'port of its PgBouncer: turns `[pgbouncer]` on for this server; `user` must be one of its `stats_users`',
          examples: [6432],
          minimum: 1,
          maximum: 65_535,
        }),
      ),
    ),
    budget: Type.Number(
      key({
        description:
          'what the statements of this collector may take together, as a share of one session’s time over 10 minutes; above it the dear ones are read less often; 100: without limit',
        unit: '%',
        default: 1,
        minimum: 0.01,
        maximum: 100,
      }),
    ),
    connect_timeout: Type.Number(
      key({
        description: 'time to reach the server’s port',
        unit: 's',
        default: 5,
        minimum: 1,
        maximum: 60,
      }),
    ),
  },
  { ...closed, description: 'a PostgreSQL server; `[[postgres]]` for several' },
);
