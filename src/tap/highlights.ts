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

/** Fields that repeat others for older readers. */
const repeated: Readonly<Record<string, readonly string[]>> = {
  sysstat: ['load.', 'memory.total_mb', 'memory.free_mb', 'memory.cached_mb', 'memory.used_mb'],
};

/** The fields (dotted paths) of a metric in the order in which they are shown, without those that only repeat others. */
export function ordered<T>(
  type: string,
  fields: readonly (readonly [string, T])[],
): (readonly [string, T])[] {
  const first = highlights[type] ?? [];
  const twice = repeated[type] ?? [];
  const rank = (path: string): number => {
    const at = first.indexOf(path);
    return at < 0 ? first.length : at;
  };
  return fields
    .filter(([path]) => !twice.some((prefix) => path.startsWith(prefix)))
    .sort(([a], [b]) => rank(a) - rank(b));
}
