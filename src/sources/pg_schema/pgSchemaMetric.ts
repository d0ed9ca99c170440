import {
  flag,
  int64,
  integer,
  list,
  nullable,
  oneOf,
  optional,
  record,
  text,
} from '../../schema/fields.ts';
import { metricSchema } from '../../schema/metric.ts';

const redacted = 'literals replaced where `[privacy] redact` is on';

const column = record({
  name: text('pg_attribute.attname'),
  type: text('format_type(pg_attribute.atttypid, atttypmod)'),
  nullable: flag('pg_attribute.attnotnull, negated'),
  default: nullable(
    text(`pg_attrdef.adbin: the default, or what a generated column is computed from; ${redacted}`),
  ),
  identity: nullable(oneOf(['always', 'by_default'], 'pg_attribute.attidentity')),
  generated: nullable(
    oneOf(['stored', 'virtual'], 'pg_attribute.attgenerated: virtual ones from 18 on'),
  ),
});

const constraint = record({
  name: text('pg_constraint.conname'),
  kind: text(
    'pg_constraint.contype: `primary_key`, `unique`, `foreign_key`, `check`, `exclusion`, `trigger`',
  ),
  definition: text(`pg_get_constraintdef(); ${redacted}`),
  validated: flag('pg_constraint.convalidated'),
});

const index = record({
  name: text('pg_class.relname'),
  definition: text(`pg_get_indexdef(); ${redacted}`),
  is_unique: flag('pg_index.indisunique'),
  is_primary: flag('pg_index.indisprimary'),
  is_valid: flag('pg_index.indisvalid'),
});

const trigger = record({
  name: text('pg_trigger.tgname'),
  definition: text(`pg_get_triggerdef(); ${redacted}`),
  enabled: text('pg_trigger.tgenabled: `origin`, `disabled`, `replica`, `always`'),
});

const table = record({
  schema: text('pg_namespace.nspname'),
  name: text('pg_class.relname'),
  kind: text(
    'pg_class.relkind: `table`, `partitioned_table`, `view`, `materialized_view`, `foreign_table`',
  ),
  owner: text('pg_class.relowner'),
  persistence: text('pg_class.relpersistence: `permanent` or `unlogged`'),
  partition_of: nullable(
    text('pg_inherits.inhparent of a partition: schema and name; null for others'),
  ),
  partition_bound: nullable(text(`pg_class.relpartbound; ${redacted}`)),
  partition_key: nullable(text('pg_get_partkeydef() of a partitioned table')),
  options: list(text('name=value'), 'pg_class.reloptions'),
  row_security: flag('pg_class.relrowsecurity'),
  columns: list(column, 'pg_attribute, in order'),
  constraints: list(constraint, 'pg_constraint, by name; NOT NULL stands with the column'),
  indexes: list(index, 'pg_index, by name'),
  triggers: list(trigger, 'pg_trigger, by name, without those of constraints'),
  definition: nullable(
    text(`pg_get_viewdef(), the first 16384 characters; null for what is no view; ${redacted}`),
  ),
  definition_truncated: flag('whether definition lost its end'),
});

/** `pg_schema`: how the relations of one database are made. */
export const pgSchemaMetric = metricSchema(
  'pg_schema',
  'The definitions of the relations of one database: all of them at first and once a whole_interval, between that what changed',
  {
    server: text('the monitored server'),
    database: text('pg_database.datname'),
    whole: flag('true: tables has all relations; false: those that are new or changed'),
    tables: list(
      table,
      'tables, views, materialized views and foreign tables; none of an extension, no temporary ones',
    ),
    dropped: list(
      text('schema and name'),
      'relations that were there at the reading before and are gone',
    ),
    tables_total: integer('how many there are'),
    skipped: integer('how many could not be read because another session locks them'),
    truncated: optional(flag('true: some are not followed, see max_tables')),
    total: optional(integer('tables_total; present where some are not followed')),
    index_findings: list(
      record({
        kind: oneOf(
          ['invalid', 'duplicate', 'prefix', 'unused'],
          'invalid: not usable, and nobody builds it; duplicate: the same as duplicate_of; prefix: it enforces nothing, and duplicate_of begins with the same columns; unused: no scan in 7 days of statistics or more, and it enforces nothing',
        ),
        schema: text('pg_namespace.nspname'),
        table: text('pg_class.relname of its table'),
        name: text('pg_class.relname'),
        duplicate_of: nullable(
          text(
            'the index of the same columns, expressions, predicate, operator classes and order that enforces most; of a prefix the smallest one that begins with its columns; null for other kinds',
          ),
        ),
        bytes_estimate: int64('pg_class.relpages × block_size'),
        scans: int64('pg_stat_all_indexes.idx_scan'),
      }),
      'indexes that cost more than they give, the largest first',
    ),
    index_findings_total: integer('how many there are'),
  },
);
