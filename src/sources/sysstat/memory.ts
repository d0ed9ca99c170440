import type { Static } from '@sinclair/typebox';
import { integer, nullable, number, record } from '../../schema/fields.ts';
import { rounded } from '../rounded.ts';

const bytes = (description: string) => nullable(integer(description));

/** `sysstat.memory`: /proc/meminfo. */
export const Memory = record({
  total_mb: number('memory that the kernel manages (MemTotal)'),
  free_mb: number('memory that nobody uses, not even as cache (MemFree)'),
  cached_mb: number('page cache and reclaimable slab (Cached + SReclaimable)'),
  used_mb: number(
    'total − available; on kernels without MemAvailable: total − free − buffers − cached',
  ),
  total_bytes: integer('total_mb, exactly'),
  free_bytes: integer('free_mb, exactly'),
  cached_bytes: integer('cached_mb, exactly'),
  used_bytes: integer('used_mb, exactly'),
  available_bytes: bytes('what programs can have without swapping (MemAvailable, Linux 3.14)'),
  buffers_bytes: bytes('cache of block devices (Buffers)'),
  shared_bytes: bytes('shared memory and tmpfs, contained in cached (Shmem)'),
  dirty_bytes: bytes('waits to be written (Dirty)'),
  writeback_bytes: bytes('is being written (Writeback)'),
  page_tables_bytes: bytes('page tables (PageTables)'),
  committed_bytes: bytes('promised to programs (Committed_AS)'),
  commit_limit_bytes: bytes('what may be promised under strict overcommit (CommitLimit)'),
  huge_pages_total: nullable(integer('huge pages reserved (HugePages_Total)')),
  huge_pages_free: nullable(integer('huge pages not in use (HugePages_Free)')),
  huge_page_size_bytes: bytes('size of one huge page (Hugepagesize)'),
  swap_total_bytes: integer('swap space (SwapTotal)'),
  swap_free_bytes: integer('swap space not in use (SwapFree)'),
  swap_used_bytes: integer('swap space in use'),
});

const MB = 1_048_576;

/** The memory's fields from what `meminfo` read; null where it has no MemTotal or MemFree. */
export function memory(info: ReadonlyMap<string, number>): Static<typeof Memory> | null {
  const total = info.get('MemTotal');
  const free = info.get('MemFree');
  if (total === undefined || free === undefined) return null;
  const of = (name: string): number | null => info.get(name) ?? null;
  const cached = (of('Cached') ?? 0) + (of('SReclaimable') ?? 0);
  const available = of('MemAvailable');
  const used = Math.max(0, total - (available ?? free + cached + (of('Buffers') ?? 0)));
  const swapTotal = of('SwapTotal') ?? 0;
  const swapFree = of('SwapFree') ?? 0;
  return {
    total_mb: rounded(total / MB),
    free_mb: rounded(free / MB),
    cached_mb: rounded(cached / MB),
    used_mb: rounded(used / MB),
    total_bytes: total,
    free_bytes: free,
    cached_bytes: cached,
    used_bytes: used,
    available_bytes: available,
    buffers_bytes: of('Buffers'),
    shared_bytes: of('Shmem'),
    dirty_bytes: of('Dirty'),
    writeback_bytes: of('Writeback'),
    page_tables_bytes: of('PageTables'),
    committed_bytes: of('Committed_AS'),
    commit_limit_bytes: of('CommitLimit'),
    huge_pages_total: of('HugePages_Total'),
    huge_pages_free: of('HugePages_Free'),
    huge_page_size_bytes: of('Hugepagesize'),
    swap_total_bytes: swapTotal,
    swap_free_bytes: swapFree,
    swap_used_bytes: Math.max(0, swapTotal - swapFree),
  };
}
