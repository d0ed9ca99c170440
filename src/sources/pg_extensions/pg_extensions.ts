import { type Observable, defer, map } from 'rxjs';
import { bool } from '../../postgres/values.ts';
import type { Row } from '../../ports/server.ts';
import { flag, list, nullable, record, text } from '../../schema/fields.ts';
import type { Metric } from '../../schema/metric.ts';
import { metricSchema } from '../../schema/metric.ts';
import { section } from '../../schema/section.ts';
import { eachDatabase } from '../eachDatabase.ts';
import { parts } from '../parts.ts';
import { pgEvent, pgEventMetric } from '../pgEvent.ts';
import { serverSource } from '../source.ts';
import { timestampNow } from '../timestamp.ts';
import { type Extension, extensionChanges } from './extensionChanges.ts';

const settings = section(
  'installed extensions and their updates',
  { default: 3600, minimum: 60, remoteMinimum: 300 },
  {},
);

/** `pg_extensions`: what is installed in one database. */
export const pgExtensionsMetric = metricSchema(
  'pg_extensions',
  'The extensions that are installed in one database, and whether the server has newer versions of them',
  {
    server: text('the monitored server'),
    database: text('pg_database.datname'),
    extensions: list(
      record({
        name: text('pg_extension.extname'),
        version: text('pg_extension.extversion: the installed version'),
        schema: text('pg_extension.extnamespace'),
        available_version: nullable(
          text(
            'pg_available_extensions.default_version: what CREATE EXTENSION would install; null where its files are gone',
          ),
        ),
        update_due: nullable(
          flag(
            'pg_extension_update_paths(): whether ALTER EXTENSION … UPDATE would lead to available_version; null where its files are gone',
          ),
        ),
      }),
      'pg_extension, by name',
    ),
  },
);

/** Update paths are only asked for where the versions differ: that reads the names of all scripts. */
const sql = `SELECT e.extname, e.extversion, n.nspname, a.default_version,
    CASE WHEN a.default_version = e.extversion THEN false WHEN a.default_version IS NOT NULL THEN
      EXISTS (SELECT FROM pg_extension_update_paths(e.extname) u
        WHERE u.source = e.extversion AND u.target = a.default_version AND u.path IS NOT NULL) END
  FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
  LEFT JOIN pg_available_extensions() a ON a.name = e.extname ORDER BY e.extname`;

/** `pg_extensions`: one metric per database and interval; what was installed, updated or dropped meanwhile as events. */
export const pgExtensions = serverSource({
  type: 'pg_extensions',
  scope: 'server',
  settings,
  rhythms: [{ key: 'interval', kind: 'schema' }],
  metrics: [pgExtensionsMetric, pgEventMetric],
  read: (context) =>
    defer(() => {
      const known = new Map<string, readonly Extension[]>();
      return eachDatabase(context, {
        type: 'pg_extensions',
        what: 'extensions',
        forget: (names) => {
          for (const name of names) known.delete(name);
        },
        read: ({ server, database: { name: database } }): Observable<readonly Metric[]> =>
          server
            .query({
              name: 'pg_extensions/extensions',
              sql,
              lane: 'database',
              database,
              timeoutMs: 5_000,
            })
            .pipe(
              map((rows) => {
                const extensions = rows.map(extensionOf);
                const before = known.get(database);
                known.set(database, extensions);
                const events = before
                  ? extensionChanges(server.name, database, before, extensions)
                  : [];
                const metric: Metric = {
                  type: 'pg_extensions',
                  timestamp: timestampNow(),
                  server: server.name,
                  database,
                  extensions,
                };
                return [...parts(metric, ['extensions']), ...events.map(pgEvent)];
              }),
            ),
      });
    }),
});

const extensionOf = ([name, version, schema, available = null, due = null]: Row): Extension => ({
  name: name ?? '',
  version: version ?? '',
  schema: schema ?? '',
  available_version: available,
  update_due: bool(due),
});
