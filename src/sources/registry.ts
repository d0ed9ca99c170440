import type { TSchema } from '@sinclair/typebox';
import { agent } from './agent.ts';
import { custom } from './custom/custom.ts';
import { diskUsage } from './disk_usage/disk_usage.ts';
import { hostInventory } from './host_inventory/hostInventory.ts';
import { pgActivity } from './pg_activity/pg_activity.ts';
import { pgConnections } from './pg_connections/pg_connections.ts';
import { pgEvents } from './pg_event/pg_event.ts';
import { pgGlobal } from './pg_global/pg_global.ts';
import { pgHealth } from './pg_health.ts';
import { pgLocks } from './pg_locks/pg_locks.ts';
import { pgLog } from './pg_log/pgLog.ts';
import { pgQueryStats } from './pg_query_stats/pg_query_stats.ts';
import { pgCache } from './pg_cache/pg_cache.ts';
import { pgExtensions } from './pg_extensions/pg_extensions.ts';
import { pgFunctions } from './pg_functions.ts';
import { pgSequences } from './pg_sequences/pg_sequences.ts';
import { pgSettings } from './pg_settings/pg_settings.ts';
import { pgSizes } from './pg_sizes/pg_sizes.ts';
import { pgVacuum } from './pg_vacuum/pg_vacuum.ts';
import { pgbouncer } from './pgbouncer/pgbouncer.ts';
import { pgBloat } from './pg_bloat/pg_bloat.ts';
import { pgSchema } from './pg_schema/pg_schema.ts';
import { pgProcesses } from './pg_processes/pg_processes.ts';
import { pgProgress } from './pg_progress/pg_progress.ts';
import { pgReplication } from './pg_replication/pg_replication.ts';
import { pgStats } from './pg_stats/pg_stats.ts';
import { presetsOf } from './presets.ts';
import { serverInventory } from './host_inventory/serverInventory.ts';
import type { Source } from './source.ts';
import { sysstat } from './sysstat/sysstat.ts';

/** Every plugin, one line each. */
export const registry: readonly Source[] = [
  pgHealth,
  pgEvents,
  pgActivity,
  pgLocks,
  pgReplication,
  pgProgress,
  pgProcesses,
  pgConnections,
  pgStats,
  pgGlobal,
  pgQueryStats,
  pgCache,
  pgExtensions,
  pgFunctions,
  pgSequences,
  pgSettings,
  pgSizes,
  pgVacuum,
  pgBloat,
  pgSchema,
  pgLog,
  pgbouncer,
  custom,
  sysstat,
  diskUsage,
  hostInventory,
  serverInventory,
  agent,
];

/** The configuration sections of the given sources, by type. */
export const sectionsOf = (sources: readonly Source[]): Readonly<Record<string, TSchema>> =>
  Object.fromEntries(
    sources.map(({ type, settings }) => [type, { ...settings, presets: presetsOf(type) }]),
  );
