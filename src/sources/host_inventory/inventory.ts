import type { Static } from '@sinclair/typebox';
import type { HostFacts } from '../../ports/host.ts';
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
import { section } from '../../schema/section.ts';
import { version } from '../../schema/version.ts';
import { timestampNow } from '../timestamp.ts';

/** `host_inventory.settings[]`: pg_settings. */
export const Setting = record({
  name: text('name'),
  value: nullable(text('setting, in its unit; null where the collector’s own session hides it')),
  unit: nullable(text('unit, e.g. 8kB')),
  source: nullable(text('where the value comes from, e.g. configuration file')),
  pending_restart: nullable(flag('changed in the file, needs a restart')),
});

/** A metric of type `host_inventory`. */
export const HostInventory = metricSchema(
  'host_inventory',
  'what the host and its PostgreSQL servers are; at the start and daily, one for the host and one per server',
  {
    host: text('the host of the collector, as `[collector] hostname` says'),
    os: text('operating system, e.g. Debian GNU/Linux 12 (bookworm)'),
    kernel: text('release of the kernel'),
    architecture: text('e.g. x64, arm64'),
    cpu_model: nullable(text('model of the first processor')),
    cpu_count: integer('processors'),
    memory_bytes: integer('memory'),
    node_version: text('of the runtime of the collector'),
    collector_version: text('of the collector'),
    server: optional(text('name of the monitored server; absent in the metric of the host alone')),
    server_local: optional(
      flag('whether the server runs on this host: the figures above are of its host only then'),
    ),
    server_version: optional(text('server_version')),
    server_version_num: optional(integer('server_version_num')),
    server_started_at: optional(nullable(moment('pg_postmaster_start_time()'))),
    settings: optional(list(Setting, 'main settings; those that the role may not see are absent')),
  },
);

/** The section of both sources of this type. */
export const inventorySettings = section(
  'what the host and its servers are',
  { default: 86_400, minimum: 60, remoteMinimum: 300 },
  {},
);

/** The fields that are of the host. */
export const hostFields = (facts: HostFacts, host: string): Static<typeof HostInventory> => ({
  type: 'host_inventory',
  timestamp: timestampNow(),
  host,
  os: facts.platform,
  kernel: facts.kernel,
  architecture: facts.architecture,
  cpu_model: facts.cpuModel,
  cpu_count: facts.cpuCount,
  memory_bytes: facts.memoryBytes,
  node_version: facts.nodeVersion,
  collector_version: version,
});
