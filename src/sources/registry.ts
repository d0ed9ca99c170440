import type { TSchema } from '@sinclair/typebox';
import { diskUsage } from './disk_usage/disk_usage.ts';
import { pgHealth } from './pg_health.ts';
import { pgLog } from './pg_log/pgLog.ts';
import { pgStats } from './pg_stats/pg_stats.ts';
import type { Source } from './source.ts';
import { sysstat } from './sysstat/sysstat.ts';

/** Every plugin, one line each. */
export const registry: readonly Source[] = [pgHealth, pgStats, pgLog, sysstat, diskUsage];

/** The configuration sections of the given sources, by type. */
export const sectionsOf = (sources: readonly Source[]): Readonly<Record<string, TSchema>> =>
  Object.fromEntries(sources.map(({ type, settings }) => [type, settings]));
