/** The fields that say most about a metric of a type, in the order in which a person wants them; the others follow. */
const highlights: Readonly<Record<string, readonly string[]>> = {
  pg_health: ['up', 'reason', 'message', 'role', 'version', 'round_trip_ms', 'connect_ms'],
  pg_stats: [
    'size_bytes',
    'numbackends',
    'transactions_committed',
    'transactions_rolledback',
    'tuples_inserted',
    'tuples_updated',
    'tuples_deleted',
    'tuples_fetched',
    'blks_hit',
    'blks_read',
    'deadlocks',
    'temp_bytes',
  ],
  sysstat: [
    'cpu.user',
    'cpu.system',
    'cpu.iowait',
    'cpu.steal',
    'cpu.idle',
    'cpu.load_1m',
    'memory.used_bytes',
    'memory.available_bytes',
    'memory.total_bytes',
    'memory.swap_used_bytes',
  ],
  agent: [
    'books.collected',
    'books.delivered',
    'books.buffered',
    'books.spooled',
    'rss_bytes',
    'cpu_percent',
  ],
};

/** The same for the items of a list, by type and list. */
const itemHighlights: Readonly<Record<string, readonly string[]>> = {
  'pg_stats.tables': ['n_tup_ins', 'n_tup_upd', 'n_tup_del', 'seq_scan', 'idx_scan', 'dead_tuples'],
  'pg_stats.indexes': ['table', 'scans'],
  'pg_query_stats.queries': ['calls', 'total_time', 'rows', 'mean_time'],
  'sysstat.disk_io': [
    'util_percent',
    'read_mb_s',
    'write_mb_s',
    'read_iops',
    'write_iops',
    'await_ms',
  ],
  'sysstat.network': ['receive_mb_s', 'transmit_mb_s', 'receive_packets_s', 'transmit_packets_s'],
  'disk_usage.filesystems': ['percent_used', 'free_gb', 'total_gb', 'inodes_percent_used'],
};

/** Fields that repeat others for older readers. */
const repeated: Readonly<Record<string, readonly string[]>> = {
  sysstat: ['load.', 'memory.total_mb', 'memory.free_mb', 'memory.cached_mb', 'memory.used_mb'],
};

/** The fields of an item of a list in the order in which they are shown: those that say most, those that moved, the others. */
export function orderedItem(
  type: string,
  list: string,
  fields: readonly string[],
  moved: (field: string) => boolean,
): string[] {
  const first = (itemHighlights[`${type}.${list}`] ?? []).filter((field) => fields.includes(field));
  const others = fields.filter((field) => !first.includes(field));
  return [...first, ...others.filter(moved), ...others.filter((field) => !moved(field))];
}

/**
 * The fields (dotted paths) of a metric in the order in which they are shown: those that say most, those that moved, the
 * others; without those that only repeat others.
 */
export function ordered<T>(
  type: string,
  fields: readonly (readonly [string, T])[],
  moved: (path: string) => boolean,
): (readonly [string, T])[] {
  const first = highlights[type] ?? [];
  const twice = repeated[type] ?? [];
  const rank = (path: string): number => {
    const at = first.indexOf(path);
    return at >= 0 ? at : first.length + (moved(path) ? 0 : 1);
  };
  return fields
    .filter(([path]) => !twice.some((prefix) => path.startsWith(prefix)))
    .sort(([a], [b]) => rank(a) - rank(b));
}
