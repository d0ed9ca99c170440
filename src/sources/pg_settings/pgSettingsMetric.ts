import type { Static } from '@sinclair/typebox';
import {
  flag,
  integer,
  list,
  moment,
  nullable,
  optional,
  record,
  text,
} from '../../schema/fields.ts';
import { metricSchema } from '../../schema/metric.ts';

const hash =
  'keyed hash of a value that may be secret: connection strings, commands, settings of extensions that are not known; changes with the value; null where the value is shown';

const setting = record({
  name: text('pg_settings.name'),
  value: nullable(text('pg_settings.setting; null where value_hash stands for it')),
  value_hash: nullable(text(hash)),
  unit: nullable(text('pg_settings.unit of value')),
  default: nullable(text('pg_settings.boot_val; null where value_hash stands for it')),
  source: nullable(text('pg_settings.source, e.g. `configuration file`, `database`')),
  context: nullable(text('pg_settings.context: what a change takes')),
  file: nullable(text('pg_settings.sourcefile; null without pg_read_all_settings')),
  line: nullable(integer('pg_settings.sourceline; null without pg_read_all_settings')),
  pending_restart: nullable(flag('pg_settings.pending_restart: changed in the file, not in force')),
});

const override = record({
  database: nullable(text('pg_db_role_setting.setdatabase; null: in all databases')),
  role: nullable(text('pg_db_role_setting.setrole; null: for all roles')),
  name: text('name of the setting'),
  value: nullable(text('its value; null where value_hash stands for it')),
  value_hash: nullable(text(hash)),
});

/** One setting of a server. */
export type Setting = Static<typeof setting>;
/** What ALTER ROLE or ALTER DATABASE has set. */
export type Override = Static<typeof override>;

/** `pg_settings`: what differs from the defaults of the server’s version. */
export const pgSettingsMetric = metricSchema(
  'pg_settings',
  'All settings of one server that are not at their default, with where they come from',
  {
    server: text('the monitored server'),
    loaded_at: nullable(moment('pg_conf_load_time(): when the configuration was last loaded')),
    settings: list(setting, 'rows of pg_settings whose source is not `default`, by name'),
    overrides: list(override, 'pg_db_role_setting: settings of databases and roles'),
    not_seen: list(
      text('name of a setting'),
      'settings that the collector sets for its own session, which hides the server’s value',
    ),
    pending_restart: integer('how many settings wait for a restart'),
    truncated: optional(flag('true: overrides beyond the first 1000 were left out')),
    total: optional(integer('how many overrides there are; present where some were left out')),
  },
);
