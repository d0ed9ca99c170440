import type { Static } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';
import { closed, key, maybePath, maybeText, words } from './keys.ts';

/** What a column of a custom query's result is sent as. */
export const columnKinds = ['gauge', 'counter', 'label', 'time', 'ignore'] as const;

/** A word of `columns`. */
export type ColumnKind = (typeof columnKinds)[number];

/** `[custom.<name>]`: one query that an administrator wrote. */
export const CustomQuery = Type.Object(
  {
    enabled: Type.Boolean(key({ description: 'whether it is read', default: true, remote: true })),
    interval: Type.Number(
      key({
        description: 'time between two reads',
        unit: 's',
        default: 60,
        minimum: 1,
        maximum: 86_400,
        remote: true,
        remoteRaise: true,
      }),
    ),
    sql: maybeText({
      description: 'one SELECT, WITH, VALUES or TABLE; never shown in logs',
      secret: true,
      minLength: 1,
      maxLength: 100_000,
      examples: ['SELECT status, count(*) AS orders FROM shop.orders GROUP BY status'],
    }),
    sql_file: maybePath(
      'a file that holds it in the place of `sql`, read with the configuration; nobody but its owner may write to it',
      '/etc/pganalytics/orders.sql',
    ),
    columns: Type.Unsafe<Readonly<Record<string, ColumnKind>>>({
      type: 'object',
      additionalProperties: words(columnKinds, {
        description: 'what a column is sent as; its name may hold `*`',
      }),
      description:
        'what each column is sent as; a name may hold `*`; one that is not named is what its type says: a number a gauge, a moment a time, else a label',
      default: {},
      examples: [{ status: 'label', orders: 'gauge' }],
    }),
    metric: maybeText({
      description:
        'how its metrics are called (`name`); default: as the table; queries for different versions may share one',
      examples: ['orders'],
      minLength: 1,
      maxLength: 63,
    }),
    scope: words(['server', 'database'], {
      description: '`server`: once, in the maintenance database; `database`: in each that is read',
      default: 'server',
    }),
    databases: Type.Array(Type.String({ minLength: 1 }), {
      description:
        'for scope `database`: only in those that fit one of these patterns (`*` and `?`)',
      default: ['*'],
    }),
    servers: Type.Array(Type.String({ minLength: 1 }), {
      description: 'only on servers whose `name` fits one of these patterns (`*` and `?`)',
      default: ['*'],
    }),
    search_path: Type.Array(Type.String({ minLength: 1, maxLength: 63 }), {
      description:
        'schemas whose objects need no schema in the SQL, behind pg_catalog; only those that nobody else can create objects in',
      default: [],
    }),
    runs_on: words(['any', 'primary', 'standby'], {
      description: 'only while the server is that',
      default: 'any',
    }),
    min_version: Type.Optional(
      Type.Integer(
        key({ description: 'oldest major version', minimum: 9, maximum: 99, examples: [13] }),
      ),
    ),
    max_version: Type.Optional(
      Type.Integer(
        key({ description: 'newest major version', minimum: 9, maximum: 99, examples: [18] }),
      ),
    ),
    timeout: Type.Number(
      key({
        description: 'the statement is cancelled after that',
        unit: 's',
        default: 5,
        minimum: 0.1,
        maximum: 60,
      }),
    ),
    max_rows: Type.Integer(
      key({
        description: 'rows to send; the others are counted, and left out loudly',
        default: 1_000,
        minimum: 1,
        maximum: 10_000,
      }),
    ),
  },
  { ...closed, description: 'a query of your own; docs/custom-sql.md. Any number of such tables' },
);

/** One query, with its defaults. */
export type CustomQuery = Static<typeof CustomQuery>;

/** `[custom]` */
export interface Custom {
  readonly enabled: boolean;
  readonly allow_superuser: boolean;
  readonly [name: string]: CustomQuery | boolean;
}

/** The section of all queries: two keys of its own, every other is the name of a query. */
export const Custom = Type.Unsafe<Custom>(
  Type.Object(
    {
      enabled: Type.Boolean(
        key({ description: 'whether custom queries are read', default: true, remote: true }),
      ),
      allow_superuser: Type.Boolean(
        key({
          description:
            'lets custom queries run as a role that is, or can become, a superuser, or that may write files or start programs on the server',
          default: false,
        }),
      ),
    },
    { additionalProperties: CustomQuery, description: 'queries of your own', default: {} },
  ),
);

/** The queries of the section, by name. */
export const customQueries = (section: Custom): ReadonlyMap<string, CustomQuery> =>
  new Map(
    Object.entries(section).filter(
      (entry): entry is [string, CustomQuery] => typeof entry[1] === 'object',
    ),
  );
