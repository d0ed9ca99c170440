import type { SectionPresets } from '../schema/section.ts';

const off = { enabled: false } as const;

/**
 * What `[collector] preset` changes of the sections' own defaults, by type. `standard` is those defaults. `minimal` has
 * what alarms need; a type that is not named here is off. `full` has everything, more often, within the budget of each
 * server.
 */
const changes: Readonly<Record<string, SectionPresets>> = {
  pg_health: { minimal: {}, full: { interval: 5 } },
  pg_event: { minimal: {}, full: { interval: 5 } },
  pg_replication: { minimal: { interval: 30 }, full: { interval: 5 } },
  pg_activity: { minimal: off, full: {} },
  pg_locks: { minimal: off, full: { interval: 5 } },
  pg_stats: {
    minimal: { interval: 300, relations_interval: 3_600, sizes_interval: 21_600 },
    full: {
      ...{ interval: 30, relations_interval: 60, sizes_interval: 900 },
      ...{ max_tables: 2_000, max_indexes: 4_000 },
    },
  },
  pg_global: { minimal: {}, full: { interval: 15 } },
  pg_query_stats: { minimal: off, full: { interval: 30, top: 500 } },
  pg_cache: { minimal: off, full: { interval: 30 } },
  pg_extensions: { minimal: off, full: { interval: 900 } },
  pg_functions: { minimal: off, full: { interval: 60 } },
  pg_sequences: { minimal: off, full: { interval: 900 } },
  pg_settings: { minimal: off, full: { interval: 60 } },
  pg_sizes: { minimal: off, full: { interval: 900 } },
  pg_vacuum: { minimal: off, full: { interval: 60 } },
  pg_bloat: { minimal: off, full: { interval: 3_600 } },
  pg_schema: { minimal: off, full: { interval: 900 } },
  pg_log: { minimal: {}, full: {} },
  pgbouncer: { minimal: {}, full: { interval: 10 } },
  sysstat: { minimal: { interval: 60 }, full: { interval: 5 } },
  disk_usage: { minimal: { interval: 300 }, full: { interval: 30 } },
  host_inventory: { minimal: {}, full: { interval: 3_600 } },
  agent: { minimal: {}, full: {} },
};

/** The presets of a type's section. */
export const presetsOf = (type: string): SectionPresets =>
  Object.hasOwn(changes, type) ? (changes[type] ?? {}) : { minimal: off };
